#!/usr/bin/env bash
# Checks that the CUDA build compiles, where NVIDIA's compiler is; elsewhere says why it does not and ends well. No card
# is needed. See packaging/cuda.md.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -n "${CUDA_HOME:-}" ]]; then
    export PATH="$CUDA_HOME/bin:$PATH"
fi
if ! command -v nvcc >/dev/null; then
    echo "skipped: there is no nvcc (CUDA_HOME is ${CUDA_HOME:-not set}); packaging/cuda.md says where to get it"
    exit 0
fi
nvcc --version | tail -n 2
# Which cards the kernels are compiled for: 9.0 is an H100 or H200. Only asked where no card says so itself.
export CUDA_COMPUTE_CAP="${CUDA_COMPUTE_CAP:-90}"
cargo check --locked --release --features cuda

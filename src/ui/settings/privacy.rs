//! What leaves the machine, and what is written down.

use super::State;
use super::rows::Rows;

/// Shows the section.
pub(super) fn show(rows: &mut Rows<'_, '_>, _: &mut State) {
    rows.note(
        "What leaves this computer",
        "Nothing, unless you ask for it. There is no account, no telemetry and no look for updates. Only pretrained weights \
         are fetched over the network, when you press Download: from the address that is shown, and nothing is sent along.",
    );
    rows.note(
        "Images",
        "They stay where they are and are only read. Their names, not they themselves, are in the project's database.",
    );
    rows.note(
        "Patients' identifiers",
        "From DICOM headers they are taken in as hashes, by default; what an export writes of them is chosen there.",
    );
    rows.note(
        "Logs",
        "The program writes no log file. Started from a terminal it says warnings there, and more where OVERREAD_LOG asks \
         for it. What readers say is in the project's own log, with their names.",
    );
}

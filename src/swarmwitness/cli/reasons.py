# SPDX-License-Identifier: Apache-2.0
"""What each reason of a failed verification means, in one sentence for people."""

from __future__ import annotations

from collections.abc import Mapping

from swarmwitness.evidence.failure import Reason

SENTENCES: Mapping[Reason, str] = {
    Reason.UNEXPECTED_FILE: "A file or folder lies here that does not belong here.",
    Reason.MISSING_FILE: "Something that was here, or must be here, is gone.",
    Reason.NOT_A_FILE: "In the place of a file lies something else, such as a link.",
    Reason.UNREADABLE: "The file can't be read, or is longer than it can be.",
    Reason.README_CHANGED: "The explanatory text of the folder was changed.",
    Reason.KEY_MALFORMED: "The public key can't be read.",
    Reason.KEY_DIFFERS: "The log is signed under another key than the one expected.",
    Reason.CHECKPOINT_MALFORMED: "The signed statement of the log's size and content can't be read.",
    Reason.CHECKPOINT_SIGNATURE: "The signature under the log's size and content is not valid.",
    Reason.CHECKPOINT_ROOT: "The exhibits together are not those that were signed for.",
    Reason.CHECKPOINT_FOREIGN: "The checkpoint that was compared belongs to another log or another key.",
    Reason.ORIGIN_DIFFERS: "Two files of the log name different logs.",
    Reason.MARKER_MALFORMED: "The writer's note about exhibits not sealed yet can't be read.",
    Reason.MARKER_STALE: "The writer's note about exhibits not sealed yet does not fit this log.",
    Reason.ROLLED_BACK: "The log was longer once: exhibits at its end are gone.",
    Reason.FORKED: "The log is not the one that was seen earlier: its past was changed.",
    Reason.CREATION_ACT: "The first exhibit is not the record of this log's creation.",
    Reason.SEGMENT_HEADER: "A file of exhibits does not begin as it must.",
    Reason.SEGMENT_SPLIT: "The exhibits are distributed over other files than the writer would use.",
    Reason.FRAME_LENGTH: "The stated length of an exhibit is impossible.",
    Reason.FRAME_TRUNCATED: "An exhibit is cut short.",
    Reason.FRAME_CHECK: "An exhibit is not what was recorded: its bytes were changed.",
    Reason.TRAILING_DATA: "Bytes stand behind the last exhibit that belong to none.",
    Reason.TAIL_DIFFERS: "Exhibits not sealed yet are not those that the writer signed for.",
    Reason.COMMITMENT: "An exhibit is not the one that the log is committed to.",
    Reason.ENTRY_DIFFERS: "The list of commitments was changed.",
    Reason.TILE_DIFFERS: "The stored hashes over the exhibits were changed.",
    Reason.RECORD_MALFORMED: "An exhibit is not written in the form that it must have.",
    Reason.NO_SUCH_EXHIBIT: "The log has no exhibit of that number.",
    Reason.ERASED: "The content of this exhibit was erased; what remains shows that it existed.",
    Reason.ERASED_UNANNOUNCED: "Content was erased without the log having said so before.",
    Reason.ERASED_PLAIN: "A record was erased, or named for erasure, that may never be erased.",
    Reason.ERASED_DIFFERS: "What was erased does not have the length that was announced.",
    Reason.ERASURE_MALFORMED: "The record that announces an erasure can't be read.",
    Reason.ERASED_UNDER_HOLD: "Content was erased although a legal hold forbade it.",
    Reason.HOLD_MALFORMED: "The record of a legal hold can't be read.",
    Reason.ENVELOPE: "An encrypted exhibit does not open with this key, or was changed.",
    Reason.ENVELOPE_KEY: "An exhibit is encrypted, and its key is not here.",
    Reason.STATEMENT_MALFORMED: "The record of what an authority or witness said can't be read.",
    Reason.STATEMENT_FOREIGN: "An authority or witness spoke about another log, or another state of it.",
    Reason.TOKEN_MALFORMED: "A time stamp can't be read.",
    Reason.TOKEN_REFUSED: "The time authority refused to give a time stamp, yet one is claimed.",
    Reason.TOKEN_IMPRINT: "A time stamp is about other data than the record says.",
    Reason.TOKEN_NONCE: "A time stamp does not answer the question that was asked.",
    Reason.TOKEN_SIGNATURE: "The signature of a time stamp is not valid.",
    Reason.TOKEN_UNTRUSTED: "A time stamp does not lead to the authority that is trusted.",
    Reason.COSIGNATURE: "The signature of a witness is not valid.",
    Reason.BAG_MALFORMED: "The bundle is not laid out as a bundle must be.",
    Reason.LOGS_MALFORMED: "The bundle's list of logs can't be read.",
    Reason.MANIFEST_MALFORMED: "The list of files can't be read.",
    Reason.MANIFEST_DIFFERS: "A file is not the one whose hash is listed.",
    Reason.TAGMANIFEST_DIFFERS: "A file that describes the bundle is not the one whose hash is listed.",
    Reason.STATEMENT_SIGNATURE: "The signature over the bundle is not valid.",
    Reason.STATEMENT_SUBJECT: "The signed statement is about another bundle.",
    Reason.FILTER_DIFFERS: "The bundle states in two places differently what it holds.",
    Reason.PROOF_MALFORMED: "A proof can't be read.",
    Reason.PROOF_DIFFERS: "A proof does not show that the exhibit is in the log.",
    Reason.CONSISTENCY: "An earlier state of the log is not continued by the later one.",
    Reason.NO_CONSISTENCY_PROOF: "The bundle can't be compared with a checkpoint of that size.",
    Reason.CUSTODY_INCOMPLETE: "Records of what people did on the case are left out of the bundle.",
}


def sentence(reason: Reason) -> str:
    """What it means; the bare word for a reason that nobody explained yet."""
    return SENTENCES.get(reason, f"It fails for the reason {reason.value}.")

"""The dictionary for compressing events: text that every event of a partition contains, whatever reported it.

A compressed event names its dictionary by a checksum and cannot be read without it, so this text never changes: a better one
would be added as a second dictionary. The most common words are last, as zlib requires. Must not go here: words of recordings.
"""

from typing import Final

EVENT_WORDS: Final = (
    b'{"__class__": "EventMetadataEntry", "description": null, "entry_data": {"__class__": '
    b'"MarkdownMetadataEntryData", "md_str": "# {"__class__": "PathMetadataEntryData", "path": '
    b'"/recordings//minutes.md"}, "label": "file"}, {"__class__": "UrlMetadataEntryData", "url": '
    b'"http://127.0.0.1:/#/meetings/"}, "label": "page"}], "partition": "{"__class__": '
    b'"TextMetadataEntryData", "text": "file:///"}, "label": "dagster/uri"}, "label": "outcome"}, "label": '
    b'"preview"}, "label": "version"}, "label": "cost_usd"}, "label": "draft"}, "label": "gaps"}, "label": '
    b'"title"}, "label": "model"}, "label": "prompt_version"}, "label": "input_tokens"}, "label": '
    b'"output_tokens"}, "label": "unverified_count"}, {"__class__": "EventMetadataEntry", "description": '
    b'null, "entry_data": {"__class__": "FloatMetadataEntryData", "value": 0.{"__class__": '
    b'"EventMetadataEntry", "description": null, "entry_data": {"__class__": "BoolMetadataEntryData", '
    b'"value": false}, "label": "{"__class__": "EventMetadataEntry", "description": null, "entry_data": '
    b'{"__class__": "IntMetadataEntryData", "value": 0}, "label": "{"__class__": "EventMetadataEntry", '
    b'"description": null, "entry_data": {"__class__": "TextMetadataEntryData", "text": "available"}, '
    b'"label": ""tags": {"dagster/code_version": "", "dagster/data_version": "", '
    b'"dagster/data_version_is_user_provided": "true", "dagster/input_data_version/transcript": "by-pointer", '
    b'"dagster/input_event_pointer/transcript": "", "dagster/input_data_version/recording": "by-pointer", '
    b'"dagster/input_event_pointer/recording": "", "dagster/input_data_version/action_items": "by-pointer", '
    b'"dagster/input_data_version/decisions": "by-pointer", "dagster/input_data_version/speakers": '
    b'"by-pointer", "dagster/input_data_version/summary": "by-pointer", '
    b'"dagster/input_event_pointer/action_items": "", "dagster/input_event_pointer/decisions": "", '
    b'"dagster/input_event_pointer/speakers": "", "dagster/input_event_pointer/summary": "", '
    b'"meeting_pipeline/outcome": "available"}}}, {"__class__": "EventLogEntry", "dagster_event": '
    b'{"__class__": "DagsterEvent", "event_specific_data": {"__class__": "StepMaterializationData", '
    b'"asset_lineage": [], "materialization": {"__class__": "AssetMaterialization", "asset_key": '
    b'{"__class__": "AssetKey", "path": ["minutes"]}, "description": null, "metadata_entries": [{"__class__": '
    b'"EventMetadataEntry", "description": null, "entry_data": {"__class__": "TextMetadataEntryData", "text": '
    b'"{"__class__": "EventLogEntry", "dagster_event": {"__class__": "DagsterEvent", "event_specific_data": '
    b'{"__class__": "AssetCheckEvaluation", "asset_key": {"__class__": "AssetKey", "path": ["transcript"]}, '
    b'"blocking": null, "check_name": "transcript_is_available_covers_the_recording '
    b'words_are_recognised_confidently words_are_kept", "description": null, "metadata": {"code": '
    b'{"__class__": "TextMetadataEntryData", "text": "none"}, "mean_word_confidence": {"__class__": '
    b'"FloatMetadataEntryData", "value": 0.9}, "confidence": "given by the source", "shown_now": '
    b'{"__class__": "TextMetadataEntryData", "text": "version 1"}, "why": {"__class__": '
    b'"TextMetadataEntryData", "text": "the latest attempt succeeded"}}, "partition": "20", "severity": '
    b'{"__enum__": "AssetCheckSeverity.WARN"}, "success": true, "target_materialization_data": {"__class__": '
    b'"AssetCheckEvaluationTargetMaterializationData", "run_id": "", "storage_id": , "timestamp": 1}}, '
    b'"event_type_value": "ASSET_CHECK_EVALUATION", "event_type_value": "ASSET_MATERIALIZATION", '
    b'"logging_tags": {"job_name": "process_recording", "op_name": "insights", "job_name": '
    b'"process_recordings", "op_name": "process_each", "resource_fn_name": "None", "resource_name": "None", '
    b'"run_id": "", "step_key": "process_each"}, "message": "Asset check '
    b"'summary_is_available_action_items_are_available' on 'summary' passed.\", \"message\": \"Materialized value "
    b'", "pid": , "pipeline_name": "process_recordings", "solid_handle": {"__class__": "SolidHandle", "name": '
    b'"process_each", "parent": null}}, "step_handle": {"__class__": "StepHandle", "key": "process_each", '
    b'"solid_handle": {"__class__": "SolidHandle", "name": "process_each", "parent": null}}, "step_key": '
    b'"process_each", "step_kind_value": "COMPUTE"}, "error_info": null, "level": 10, "message": "", '
    b'"pipeline_name": "process_recordings", "run_id": "", "step_key": "process_each", "timestamp": 1, '
    b'"user_message": "'
)

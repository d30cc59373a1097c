//! Answers as the providers stream them: shortened recordings, with characters of more than one byte.

use egress::Wire;

/// What every stream says.
pub const TEXT: &str = "Gr\u{fc}\u{df}e [PERSON_1] \u{1f600}";

/// A whole answer, and after how many bytes it says that it is whole.
pub fn whole(wire: Wire) -> (&'static str, usize) {
    let stream = match wire {
        Wire::OpenAiResponses => RESPONSES,
        Wire::OpenAiChat => CHAT,
        Wire::Anthropic => MESSAGES,
        Wire::Gemini => GENERATE,
        Wire::Compatible => COMPATIBLE,
    };
    let last = match wire {
        Wire::OpenAiChat | Wire::Compatible => "finish_reason\":\"stop\"}",
        Wire::OpenAiResponses => "event: response.completed",
        Wire::Anthropic => "event: message_stop",
        Wire::Gemini => "\"STOP\"",
    };
    let at = stream.find(last).unwrap();
    let blank = if wire == Wire::Gemini { "\r\n\r\n" } else { "\n\n" };
    // A CR ends the line already: the LF of the last blank line may be missing.
    let end = at + stream[at..].find(blank).unwrap() + blank.len();
    (stream, if wire == Wire::Gemini { end - 1 } else { end })
}

const RESPONSES: &str = "event: response.created
data: {\"type\":\"response.created\",\"response\":{\"status\":\"in_progress\",\"usage\":null}}

event: response.output_text.delta
data: {\"type\":\"response.output_text.delta\",\"delta\":\"Gr\u{fc}\u{df}e [PER\"}

event: response.output_text.delta
data: {\"type\":\"response.output_text.delta\",\"delta\":\"SON_1] \\ud83d\\ude00\"}

event: response.completed
data: {\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":11,\"output_tokens\":7}}}

";

const CHAT: &str = "data: {\"choices\":[],\"prompt_filter_results\":[]}

data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}],\"usage\":null}

data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Gr\u{fc}\u{df}e [PER\"}}]}

data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"SON_1] \u{1f600}\"}}]}

data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}

data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}

data: [DONE]

";

const COMPATIBLE: &str = ": keep-alive

data:{\"choices\":[{\"delta\":{\"content\":\"Gr\u{fc}\u{df}e [PERSON_1] \u{1f600}\"}}]}

data:{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}

";

const MESSAGES: &str = "event: message_start
data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":11,\"output_tokens\":1}}}

event: content_block_start
data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}

event: ping
data: {\"type\": \"ping\"}

event: content_block_delta
data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Gr\u{fc}\u{df}e [PER\"}}

event: content_block_delta
data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"SON_1] \u{1f600}\"}}

event: content_block_stop
data: {\"type\":\"content_block_stop\",\"index\":0}

event: message_delta
data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":7}}

event: message_stop
data: {\"type\":\"message_stop\"}

";

const GENERATE: &str = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"thinking\",\"thought\":true}]}}]}\r\n\r\n\
data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Gr\u{fc}\u{df}e \"},{\"text\":\"[PER\"}],\"role\":\"model\"}}],\"usageMetadata\":{\"promptTokenCount\":11}}\r\n\r\n\
data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"SON_1] \u{1f600}\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":11,\"candidatesTokenCount\":5,\"thoughtsTokenCount\":2}}\r\n\r\n";

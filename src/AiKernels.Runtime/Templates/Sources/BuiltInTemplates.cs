namespace AiKernels.Runtime.Templates.Sources;

/// <summary>
/// Formats of well-known families, for models that bring no template. Sources: the models' cards, OpenAI's ChatML, Meta's
/// documents on Llama's prompts, FastChat's conversation templates.
/// </summary>
internal static class BuiltInTemplates
{
    // Contents are texts or lists of parts. Systems' instructions stand before the first message where a format has no place for them.
    private const string Common = """
        {%- macro text(content) %}
        {%- if content is string %}{{ content }}
        {%- else %}{% for part in content or [] %}{{ part.text if part is mapping else part }}{% endfor %}
        {%- endif %}
        {%- endmacro %}
        {%- set system = '' %}
        {%- set turns = messages %}
        {%- if messages and messages[0].role == 'system' %}
        {%- set system = text(messages[0].content)|trim %}
        {%- set turns = messages[1:] %}
        {%- endif %}

        """;

    private static readonly OrderedDictionary<string, Lazy<ChatTemplate>> ByName = new()
    {
        ["chatml"] = Parsed("chatml", """
            {%- for message in messages %}
            {{- '<|im_start|>' ~ message.role ~ '\n' }}
            {%- if message.role == 'assistant' %}{% generation %}{{ text(message.content) }}<|im_end|>{% endgeneration %}
            {%- else %}{{ text(message.content) }}<|im_end|>
            {%- endif %}
            {{- '\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}
            """),
        ["llama2"] = Parsed("llama2", """
            {%- for message in turns %}
            {%- if message.role == 'assistant' %}
            {{- ' ' }}{% generation %}{{ text(message.content)|trim }} {{ eos_token|default('</s>') }}{% endgeneration %}
            {%- else %}
            {{- bos_token|default('<s>') ~ '[INST] ' }}
            {%- if loop.first and system %}{{ '<<SYS>>\n' ~ system ~ '\n<</SYS>>\n\n' }}{% endif %}
            {{- text(message.content)|trim ~ ' [/INST]' }}
            {%- endif %}
            {%- endfor %}
            """),
        ["llama3"] = Parsed("llama3", """
            {{- bos_token|default('<|begin_of_text|>') }}
            {%- for message in messages %}
            {{- '<|start_header_id|>' ~ message.role ~ '<|end_header_id|>\n\n' }}
            {%- if message.role == 'assistant' %}{% generation %}{{ text(message.content)|trim }}<|eot_id|>{% endgeneration %}
            {%- else %}{{ text(message.content)|trim }}<|eot_id|>
            {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}
            """),
        ["mistral"] = Parsed("mistral", """
            {{- bos_token|default('<s>') }}
            {%- for message in turns %}
            {%- if message.role == 'assistant' %}
            {{- ' ' }}{% generation %}{{ text(message.content)|trim }}{{ eos_token|default('</s>') }}{% endgeneration %}
            {%- else %}
            {{- '[INST] ' }}
            {%- if loop.first and system %}{{ system ~ '\n\n' }}{% endif %}
            {{- text(message.content) ~ ' [/INST]' }}
            {%- endif %}
            {%- endfor %}
            """),
        ["gemma"] = Parsed("gemma", """
            {{- bos_token|default('<bos>') }}
            {%- for message in turns %}
            {{- '<start_of_turn>' ~ ('model' if message.role == 'assistant' else message.role) ~ '\n' }}
            {%- if loop.first and system %}{{ system ~ '\n\n' }}{% endif %}
            {%- if message.role == 'assistant' %}{% generation %}{{ text(message.content)|trim }}<end_of_turn>{% endgeneration %}
            {%- else %}{{ text(message.content)|trim }}<end_of_turn>
            {%- endif %}
            {{- '\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}
            """),
        ["phi3"] = Parsed("phi3", """
            {%- for message in messages %}
            {{- '<|' ~ message.role ~ '|>\n' }}
            {%- if message.role == 'assistant' %}{% generation %}{{ text(message.content) }}<|end|>{% endgeneration %}
            {%- else %}{{ text(message.content) }}<|end|>
            {%- endif %}
            {{- '\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}
            """),
        ["deepseek"] = Parsed("deepseek", """
            {{- bos_token|default('<｜begin▁of▁sentence｜>') ~ system }}
            {%- for message in turns %}
            {%- if message.role == 'assistant' %}
            {{- '<｜Assistant｜>' }}
            {%- generation %}{{ text(message.content) }}{{ eos_token|default('<｜end▁of▁sentence｜>') }}{% endgeneration %}
            {%- else %}{{ '<｜User｜>' ~ text(message.content) }}
            {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}{{ '<｜Assistant｜>' }}{% endif %}
            """),
        ["zephyr"] = Parsed("zephyr", """
            {%- for message in messages %}
            {{- '<|' ~ message.role ~ '|>\n' }}
            {%- if message.role == 'assistant' %}
            {%- generation %}{{ text(message.content) }}{{ eos_token|default('</s>') }}{% endgeneration %}
            {%- else %}{{ text(message.content) }}{{ eos_token|default('</s>') }}
            {%- endif %}
            {{- '\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}
            """),
        ["vicuna"] = Parsed("vicuna", """
            {{- bos_token }}
            {%- if system %}{{ system ~ ' ' }}{% endif %}
            {%- for message in turns %}
            {%- if message.role == 'assistant' %}
            {{- 'ASSISTANT: ' }}{% generation %}{{ text(message.content)|trim }}{{ eos_token|default('</s>') }}{% endgeneration %}
            {%- else %}{{ 'USER: ' ~ text(message.content)|trim ~ ' ' }}
            {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}
            """),
        ["alpaca"] = Parsed("alpaca", """
            {%- if system %}{{ system ~ '\n\n' }}{% endif %}
            {%- for message in turns %}
            {%- if message.role == 'assistant' %}
            {{- '### Response:\n' }}
            {%- generation %}{{ text(message.content)|trim }}{{ eos_token|default('</s>') }}{% endgeneration %}{{ '\n\n' }}
            {%- else %}{{ '### Instruction:\n' ~ text(message.content)|trim ~ '\n\n' }}
            {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}{{ '### Response:\n' }}{% endif %}
            """),
    };

    public static IReadOnlyList<string> Names => ByName.Keys;

    public static ChatTemplate? Find(string name) => ByName.TryGetValue(name, out var template) ? template.Value : null;

    private static Lazy<ChatTemplate> Parsed(string name, string source) => new(() => ChatTemplate.Parse(Common + source, name));
}

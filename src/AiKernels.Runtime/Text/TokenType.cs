namespace AiKernels.Runtime.Text;

/// <summary>What a token is for, under ggml's numbers (<c>enum llama_token_type</c>), as GGUF files carry them.</summary>
public enum TokenType
{
    /// <summary>The file does not say; treated as <see cref="Unused"/>.</summary>
    Undefined = 0,

    /// <summary>A piece of text.</summary>
    Normal = 1,

    /// <summary>Stands for text that no other token spells.</summary>
    Unknown = 2,

    /// <summary>A mark that text cannot contain: begin, end, turn. It renders as nothing.</summary>
    Control = 3,

    /// <summary>A piece of text that is never split, added after training.</summary>
    UserDefined = 4,

    /// <summary>Fills a gap in the numbering.</summary>
    Unused = 5,

    /// <summary>One byte, written <c>&lt;0xNN&gt;</c>.</summary>
    Byte = 6,
}

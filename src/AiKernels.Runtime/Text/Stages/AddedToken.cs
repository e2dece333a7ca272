namespace AiKernels.Runtime.Text;

/// <summary>A token that is found by its full text, before anything is split; the flags are Hugging Face's.</summary>
/// <param name="Token">Its id.</param>
/// <param name="Text">Its text in UTF-8.</param>
/// <param name="IsControl">Whether it is found only where names of control tokens stand for them.</param>
/// <param name="Flags">How it is looked for.</param>
internal sealed record AddedToken(int Token, byte[] Text, bool IsControl, AddedTokenFlags Flags = AddedTokenFlags.None);

/// <summary>How an added token is looked for.</summary>
[Flags]
internal enum AddedTokenFlags
{
    /// <summary>Wherever its text is.</summary>
    None = 0,

    /// <summary>Spaces before it belong to it.</summary>
    LeftStrip = 1,

    /// <summary>Spaces behind it belong to it.</summary>
    RightStrip = 2,

    /// <summary>Only where no letter or digit is next to it.</summary>
    SingleWord = 4,

    /// <summary>In text that was normalized, as it is itself, and where no other one was found before.</summary>
    Normalized = 8,

    /// <summary>The model doesn't know it: no word is made of it.</summary>
    OutsideModel = 16,
}

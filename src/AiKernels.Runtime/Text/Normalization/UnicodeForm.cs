namespace AiKernels.Runtime.Text;

/// <summary>The normalization forms of Unicode.</summary>
internal enum UnicodeForm
{
    /// <summary>Composed.</summary>
    C,

    /// <summary>Decomposed.</summary>
    D,

    /// <summary>Composed, compatible characters made the same.</summary>
    KC,

    /// <summary>Decomposed, compatible characters made the same.</summary>
    KD,
}

namespace AiKernels.Runtime.Engine;

/// <summary>What came of <see cref="ModelOptions.PackedCacheFolder"/>.</summary>
public enum PackedCacheState
{
    /// <summary>The weights were found, checked and mapped.</summary>
    Used,

    /// <summary>There were none that could be used; they were packed from the model file and kept.</summary>
    Written,

    /// <summary>They were packed from the model file and could not be kept.</summary>
    Unwritable,
}

/// <summary>What came of the packed weights of a model, for people to read. The model is the same in every case.</summary>
/// <param name="State">What was done.</param>
/// <param name="Path">The file; empty where no name for it could be found.</param>
/// <param name="Problem">
/// Why the file that was there is not used (a phrase that goes on from its name), or why none could be written; null if
/// nothing was wrong.
/// </param>
/// <example><code>Console.WriteLine($"{model.PackedCache?.State}: {model.PackedCache?.Problem}");</code></example>
public sealed record PackedCacheResult(PackedCacheState State, string Path, string? Problem);

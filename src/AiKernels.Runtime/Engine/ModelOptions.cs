using AiKernels.Cache;
using AiKernels.Formats;

namespace AiKernels.Runtime.Engine;

/// <summary>How a model is loaded.</summary>
/// <example>
/// <code>
/// using var model = LanguageModel.Load("model.gguf", backend, new ModelOptions { ContextLength = 8192, KeyValueType = GgmlType.Q8_0 });
/// </code>
/// </example>
public sealed record ModelOptions
{
    /// <summary>The most tokens of a sequence, prompt and answer together; 0 for the model's own, at most 4,096.</summary>
    public int ContextLength { get; init; }

    /// <summary>Tokens whose keys and values fit in the cache, of all sequences together; 0 for one full context.</summary>
    public int CacheLength { get; init; }

    /// <summary>How keys and values are stored: one of <see cref="KeyValueShape.Types"/>.</summary>
    public GgmlType KeyValueType { get; init; } = GgmlType.F32;

    /// <summary>The most prompt tokens that run in one step; changes the speed, never a bit.</summary>
    public int PrefillChunk { get; init; } = 512;

    /// <summary>
    /// The most bytes that weights and workspace may take; a file that needs more is refused before its weights are read.
    /// 0 for no limit: the model is loaded until memory ends.
    /// </summary>
    public long MemoryLimit { get; init; }

    /// <summary>
    /// A folder in which the packed weights of a model file are kept, so that the next start maps them instead of
    /// packing again; null to keep none. It should be the user's own: whoever can write there can change what a model
    /// says. A file there that is damaged or stale is packed anew; where none can be written, none is kept.
    /// </summary>
    /// <remarks>
    /// If somebody shortens or overwrites the file in place while a model is loaded from it, or its disk fails, the process
    /// ends or computes with those bytes, as with any mapping. The file's name belongs to the model's place: a model that is
    /// moved, renamed or deleted leaves its packed file behind, which nobody clears away. Windows does not replace a file
    /// that is mapped: while a model uses a stale one, a newer one can't be kept.
    /// </remarks>
    public string? PackedCacheFolder { get; init; }
}

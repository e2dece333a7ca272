using System.Globalization;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Models.Architectures;

namespace AiKernels.Runtime.Engine;

/// <summary>The memory that a model takes, or would take if it were loaded, in bytes.</summary>
/// <param name="LayerWeights">Weight matrices of each layer as the backend keeps them, see <see cref="Decoder.LayerWeightBytes"/>.</param>
/// <param name="KeysAndValues">Keys and values of all tokens that fit in the cache. Reserved: it becomes resident as it fills.</param>
/// <param name="Workspace">Activations of the longest step.</param>
/// <param name="ContextLength">The most tokens of a sequence.</param>
/// <example>
/// <code>
/// using var file = GgufFile.Open("model.gguf");
/// Console.WriteLine(MemoryNeeds.Of(backend, file, new ModelOptions { ContextLength = 8192 }).Total);
/// </code>
/// </example>
public sealed record MemoryNeeds(IReadOnlyList<long> LayerWeights, long KeysAndValues, long Workspace, int ContextLength)
{
    /// <summary>All weight matrices.</summary>
    public long Weights => LayerWeights.Sum();

    /// <summary>All of it.</summary>
    public long Total => Weights + KeysAndValues + Workspace;

    /// <summary>Checks that a file is a model that can be run, and says what it would take.</summary>
    /// <param name="backend">Where it would run. No memory is taken there.</param>
    /// <param name="file">The file.</param>
    /// <param name="options">How it would be loaded.</param>
    /// <exception cref="InvalidDataException">It can't be run; the message says why.</exception>
    public static MemoryNeeds Of(IBackend backend, GgufFile file, ModelOptions options) =>
        Of(backend, Architecture.Read(file), new GgufTensorSource(file), options);

    /// <summary>Says what a model would take. None of its matrices is read.</summary>
    /// <inheritdoc cref="LanguageModel.Create" path="/param"/>
    /// <inheritdoc cref="Of(IBackend, GgufFile, ModelOptions)" path="/exception"/>
    public static MemoryNeeds Of(IBackend backend, DecoderSpec spec, TensorSource source, ModelOptions options)
    {
        using var decoder = new Decoder(backend, spec, new WeightSizes(backend, source), LanguageModel.StepLength(spec, options));
        return new MemoryNeeds(
            decoder.LayerWeightBytes,
            LanguageModel.CacheBytes(spec, options, LanguageModel.CacheLength(spec, options)),
            decoder.WorkspaceBytes,
            LanguageModel.EffectiveContextLength(spec, options));
    }

    /// <summary>What the last layers would take on a device of their own: weights, keys and values, and the workspace.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The model has fewer layers.</exception>
    public long OfLastLayers(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, LayerWeights.Count);
        return LayerWeights.TakeLast(count).Sum() + (count == 0 ? 0 : KeysAndValues / LayerWeights.Count * count) + Workspace;
    }

    /// <summary>The most last layers that fit in so many bytes of a device of their own; 0 if none does.</summary>
    public int LastLayersWithin(long bytes)
    {
        var count = LayerWeights.Count;
        while (count > 0 && OfLastLayers(count) > bytes)
        {
            count--;
        }

        return count;
    }

    /// <summary>Refuses a model that needs more than <see cref="ModelOptions.MemoryLimit"/>.</summary>
    /// <exception cref="InsufficientMemoryException">It does; the message says by how much.</exception>
    internal static void Check(IBackend backend, DecoderSpec spec, TensorSource source, ModelOptions options)
    {
        if (options.MemoryLimit > 0
            && Of(backend, spec, source, options) is var needs && needs.Weights + needs.Workspace > options.MemoryLimit)
        {
            throw new InsufficientMemoryException(string.Create(
                CultureInfo.InvariantCulture,
                $"the model takes {needs.Weights + needs.Workspace:N0} bytes, and {options.MemoryLimit:N0} bytes of memory may be used"));
        }
    }
}

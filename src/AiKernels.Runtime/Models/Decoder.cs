using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Runtime.Models.Blocks;

namespace AiKernels.Runtime.Models;

/// <summary>
/// A decoder-only transformer: the one forward pass, for every architecture, device, phase and batch.
/// </summary>
/// <remarks>One thread at a time may call it.</remarks>
public sealed class Decoder : IDisposable
{
    private readonly IBackend _backend;
    private readonly Weight _embedding, _output;
    private readonly (AttentionBlock Attention, FeedForwardBlock FeedForward)[] _layers;
    private readonly Tensor _outputNorm;
    private readonly RotaryEmbedding _rotary;
    private readonly Workspace _workspace;
    private readonly float[] _rotation;
    private readonly IReadOnlyList<IDisposable> _owned;
    private Tensor _last, _logits;

    /// <summary>Loads the weights that <paramref name="spec"/> names.</summary>
    /// <param name="backend">Where they go and where the steps run.</param>
    /// <param name="spec">What the model is.</param>
    /// <param name="source">Where the weights come from; not needed afterwards.</param>
    /// <param name="maxTokens">The most tokens of a step.</param>
    /// <param name="cancellation">Ends loading.</param>
    /// <exception cref="InvalidDataException">A tensor is missing or of another shape.</exception>
    /// <exception cref="OperationCanceledException">Loading was cancelled.</exception>
    public Decoder(
        IBackend backend, DecoderSpec spec, TensorSource source, int maxTokens, CancellationToken cancellation = default)
        : this(backend, spec, new WeightLoader(backend, source, cancellation), maxTokens)
    {
    }

    /// <summary>Takes over what a loader makes, and disposes the loader.</summary>
    internal Decoder(IBackend backend, DecoderSpec spec, WeightLoader made, int maxTokens)
    {
        using var loader = made;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxTokens);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(spec.Layers);
        _backend = backend;
        Spec = spec;
        MaxTokens = maxTokens;
        var last = spec.Layers - 1;
        var isTied = !loader.Has("output.weight"); // Then the same memory serves both, beside the layer that it makes most work for.
        _embedding = loader.Matrix("token_embd.weight", spec.VocabularySize, spec.Width, isTied ? last : 0);
        _output = isTied ? _embedding : loader.Matrix("output.weight", spec.VocabularySize, spec.Width, last);
        _outputNorm = loader.Vector("output_norm.weight", spec.Width);
        _layers = [.. Enumerable.Range(0, spec.Layers).Select(layer =>
            (new AttentionBlock(spec, layer, loader), new FeedForwardBlock(spec, layer, loader)))];
        _rotary = new RotaryEmbedding(Frequencies(spec, loader));
        _rotation = new float[(long)maxTokens * _rotary.Length];
        _workspace = Workspace.Allocate(loader, spec, maxTokens);
        (_last, _logits) = (loader.Tensor(1, spec.Width), loader.Tensor(1, spec.VocabularySize));
        LayerWeightBytes = loader.LayerBytes;
        Hash = loader.Hash(spec);
        _owned = loader.Release(); // The last line: until here, whatever throws frees everything.
    }

    /// <summary>What the model is.</summary>
    public DecoderSpec Spec { get; }

    /// <summary>The most tokens of a step.</summary>
    public int MaxTokens { get; }

    /// <summary>
    /// Bytes of each layer's weight matrices, as they lie in the backend's memory. The embedding table counts to the first
    /// layer, the output projection to the last; a table that is both, to the last.
    /// </summary>
    public IReadOnlyList<long> LayerWeightBytes { get; }

    /// <summary>A hash of everything that decides its logits: <see cref="Spec"/> and every tensor as it was stored.</summary>
    internal ulong Hash { get; }

    /// <summary>Bytes of all weight matrices, as they lie in the backend's memory.</summary>
    public long WeightBytes => LayerWeightBytes.Sum();

    /// <summary>Bytes of the activations of the longest step.</summary>
    public long WorkspaceBytes => sizeof(float)
        * ((Workspace.FloatsPerToken(Spec) * MaxTokens) + _last.Storage.Length + _logits.Storage.Length);

    /// <summary>What its steps have to read and to multiply.</summary>
    /// <param name="keysAndValues">How keys and values are stored.</param>
    public DecoderWork Work(KeyValueShape keysAndValues)
    {
        var matrices = _owned.OfType<Weight>().ToArray();
        var lookedUp = _embedding == _output ? 0 : _embedding.ByteLength;
        static long MultiplyAdds(Weight weight) => (long)weight.Rows * weight.Columns;
        return new DecoderWork(
            WeightBytes - lookedUp,
            matrices.Where(weight => weight != _embedding && weight != _output).Sum(MultiplyAdds),
            MultiplyAdds(_output),
            (double)keysAndValues.PageBytes / keysAndValues.PageLength);
    }

    /// <summary>
    /// Runs one step: stores the tokens' keys and values, and makes the logits that are wanted, which
    /// <see cref="ReadLogits"/> and <see cref="ReadLargest"/> give until the next step.
    /// </summary>
    /// <param name="step">The tokens; every sequence's earlier positions were run before.</param>
    /// <param name="cache">Where keys and values are.</param>
    /// <param name="cancellation">Looked at between layers; a cancelled step has stored nothing that counts.</param>
    /// <exception cref="ArgumentException">The batch is empty or too long.</exception>
    /// <exception cref="OperationCanceledException">The step was cancelled.</exception>
    public void Run(DecoderStep step, KeyValueCache cache, CancellationToken cancellation = default)
    {
        if (step.Batch.Count == 0 || step.Batch.Count > MaxTokens)
        {
            throw new ArgumentException($"a step takes 1 to {MaxTokens} tokens, not {step.Batch.Count}");
        }

        RunLayers(_layers, step, cache, cancellation);
    }

    /// <summary>The logits after some of the last step's outputs.</summary>
    /// <param name="firstOutput">The first one.</param>
    /// <param name="logits">Receives [outputs, vocabulary].</param>
    /// <exception cref="ArgumentException">There are no whole outputs of that length.</exception>
    public void ReadLogits(int firstOutput, Span<float> logits)
    {
        var count = logits.Length / Spec.VocabularySize;
        if (logits.Length != (long)count * Spec.VocabularySize)
        {
            throw new ArgumentException($"a token's logits are {Spec.VocabularySize}, of which {logits.Length} are no multiple");
        }

        _backend.Read(_logits.SliceRows(firstOutput, count), logits);
    }

    /// <summary>
    /// The hidden states of some of the last step's outputs: the residual stream after the last layer, normed, which is what the
    /// logits are made of.
    /// </summary>
    /// <param name="firstOutput">The first one.</param>
    /// <param name="hidden">Receives [outputs, width].</param>
    /// <exception cref="ArgumentException">There are no whole outputs of that length.</exception>
    public void ReadHidden(int firstOutput, Span<float> hidden)
    {
        var count = hidden.Length / Spec.Width;
        if (hidden.Length != (long)count * Spec.Width)
        {
            throw new ArgumentException($"a token's hidden state has {Spec.Width} channels, of which {hidden.Length} are no multiple");
        }

        _backend.Read(_last.SliceRows(firstOutput, count), hidden);
    }

    /// <summary>The largest logits after some of the last step's outputs, ranked.</summary>
    /// <param name="firstOutput">The first one.</param>
    /// <param name="outputs">How many.</param>
    /// <param name="choices">How many of the vocabulary's first tokens take part; a table may have more rows than there are tokens.</param>
    /// <param name="largest">Receives [outputs, as many as there is room for].</param>
    /// <exception cref="ArgumentException">There are not as many choices, or no whole ranks.</exception>
    public void ReadLargest(int firstOutput, int outputs, int choices, Span<RankedValue> largest)
    {
        var count = outputs > 0 ? largest.Length / outputs : 0;
        if (choices < 1 || choices > Spec.VocabularySize || count < 1 || count > choices || largest.Length != (long)count * outputs)
        {
            throw new ArgumentException(
                $"{largest.Length} are no whole ranks of {choices} choices of {Spec.VocabularySize} tokens after {outputs} tokens");
        }

        _backend.ReadLargest(_logits.SliceRows(firstOutput, outputs).SliceColumns(0, choices), largest);
    }

    /// <summary>
    /// Takes one token through the first layer and the output, so that the code of a step of one token is compiled before
    /// the first one that counts. What only longer prompts use is compiled with the first of them. It leaves nothing behind.
    /// </summary>
    /// <param name="keyValueType">How the keys and values of later steps are stored.</param>
    internal void Rehearse(GgmlType keyValueType)
    {
        var shape = new KeyValueShape(1, Spec.KeyValueHeads, Spec.HeadLength, keyValueType); // No more layers than run.
        using var cache = _backend.AllocateCache(shape, 1);
        var (table, step) = (new BlockTable(new PagePool(1), shape.PageLength), new DecoderStep());
        _ = table.TryReserve(1);
        step.Add(table, 0, [0], outputs: 1);
        RunLayers(_layers.AsSpan(0, 1), step, cache, default);
        ReadLargest(0, 1, Spec.VocabularySize, new RankedValue[1]);
    }

    /// <summary>Frees the weights and the workspace.</summary>
    public void Dispose()
    {
        foreach (var owned in _owned)
        {
            owned.Dispose();
        }

        _last.Storage.Dispose();
        _logits.Storage.Dispose();
    }

    private void RunLayers(
        ReadOnlySpan<(AttentionBlock Attention, FeedForwardBlock FeedForward)> layers,
        DecoderStep step,
        KeyValueCache cache,
        CancellationToken cancellation)
    {
        var batch = step.Batch;
        var work = _workspace.Slice(batch.Count);
        WriteRotation(batch, work);
        _backend.Embed(_embedding, batch.Tokens, work.Residual);
        foreach (var (attention, feedForward) in layers)
        {
            cancellation.ThrowIfCancellationRequested();
            step.BetweenLayers?.Invoke();
            if (step.TryDropWithdrawn(out var kept))
            {
                if (kept.IsEmpty)
                {
                    return;
                }

                work = Shorten(work, batch, kept);
            }

            attention.Run(_backend, work, cache, batch);
            feedForward.Run(_backend, work);
        }

        if (step.Outputs.Length > 0)
        {
            MakeOutputs(work.Residual, step);
        }
    }

    private void WriteRotation(Batch batch, in Workspace work)
    {
        var rotation = _rotation.AsSpan(0, batch.Count * _rotary.Length);
        _rotary.Fill(batch.Positions, rotation);
        _backend.Write(work.Rotation, rotation);
    }

    /// <summary>Some rows of the residual stream, moved together; nothing else outlives a layer.</summary>
    private Workspace Shorten(in Workspace longer, Batch batch, ReadOnlySpan<int> kept)
    {
        var work = _workspace.Slice(batch.Count);
        _backend.Gather(longer.Residual, kept, work.Normed);
        _backend.Gather(work.Normed, [.. Enumerable.Range(0, kept.Length)], work.Residual);
        WriteRotation(batch, work);
        return work;
    }

    private static double[] Frequencies(DecoderSpec spec, WeightLoader loader)
    {
        const string factorsName = "rope_freqs.weight";
        var frequencies = spec.Rotary.Frequencies();
        if (loader.Has(factorsName))
        {
            var factors = loader.Floats(factorsName, frequencies.Length);
            for (var i = 0; i < frequencies.Length; i++)
            {
                frequencies[i] /= factors[i];
                if (!RotarySpec.IsFrequency(frequencies[i]))
                {
                    throw loader.Invalid(factorsName, $"divides the frequency of pair {i} by {factors[i]}, which makes no sense");
                }
            }
        }

        return frequencies;
    }

    private void MakeOutputs(Tensor residual, DecoderStep step)
    {
        var outputs = step.Outputs;
        Grow(ref _last, outputs.Length);
        var last = _last.SliceRows(0, outputs.Length);
        _backend.Gather(residual, outputs, last);
        _backend.RmsNorm(last, _outputNorm, Spec.NormEpsilon, last);
        if (step.MakesLogits)
        {
            Grow(ref _logits, outputs.Length);
            _backend.MatMul(last, new Projection(_output, _logits.SliceRows(0, outputs.Length)));
        }
    }

    /// <summary>Makes room for outputs. A tensor for which there is no memory leaves the old one in use.</summary>
    private void Grow(ref Tensor tensor, int outputs)
    {
        if (outputs > tensor.Rows)
        {
            Replace(ref tensor, _backend.Allocate(Math.Min(Math.Max(outputs, 2 * tensor.Rows), MaxTokens), tensor.Columns));
        }
    }

    private static void Replace(ref Tensor tensor, Tensor by)
    {
        tensor.Storage.Dispose();
        tensor = by;
    }
}

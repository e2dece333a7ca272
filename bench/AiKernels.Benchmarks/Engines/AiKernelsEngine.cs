using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Runtime.Models;

namespace AiKernels.Benchmarks.Engines;

/// <summary>Our decoder on a backend, which it owns.</summary>
internal sealed class AiKernelsEngine : Engine
{
    // Steps of more sequences than this would need a longer workspace than prompts do.
    private const int MaximumSequences = Chunk;

    private readonly IBackend _backend;
    private readonly Decoder _decoder;
    private readonly GgmlType _keyValueType;
    private readonly DecoderStep _step = new();
    private readonly int[] _tokens;
    private KeyValueCache? _cache;
    private BlockTable[] _tables = [];
    private readonly RankedValue[] _largest = new RankedValue[MaximumSequences];
    private float[] _logits = [];

    public AiKernelsEngine(
        IBackend backend, DecoderSpec spec, TensorSource source, GgmlType keyValueType = GgmlType.F32, int mostTokens = Chunk)
    {
        _keyValueType = keyValueType;
        _backend = backend;
        _decoder = new Decoder(backend, spec, source, mostTokens);
        _tokens = new int[mostTokens];
    }

    public override string Description => _backend.Description;

    /// <summary>Whether the largest logit of a token is read, as temperature 0 needs it, and not all of them.</summary>
    public bool ReadsLargestAlone { get; init; }

    /// <summary>What its steps read and multiply.</summary>
    public DecoderWork Work => _decoder.Work(Shape);

    protected override int VocabularySize => _decoder.Spec.VocabularySize;

    private KeyValueShape Shape =>
        new(_decoder.Spec.Layers, _decoder.Spec.KeyValueHeads, _decoder.Spec.HeadLength, _keyValueType);

    public override void Dispose()
    {
        _cache?.Dispose();
        _decoder.Dispose();
        _backend.Dispose();
    }

    protected override void Reserve(int positions, int sequences)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequences, MaximumSequences);
        _cache?.Dispose();
        var pages = Shape.Pages(positions) * sequences;
        _cache = _backend.AllocateCache(Shape, pages);
        var pool = new PagePool(pages);
        _tables = [.. Enumerable.Range(0, sequences).Select(_ => new BlockTable(pool, Shape.PageLength, positions))];
        foreach (var table in _tables)
        {
            table.TryReserve(positions);
        }

        _logits = new float[sequences * VocabularySize];
    }

    // Pages stay where they are: what stands there is written anew before it is read.
    protected override void Truncate(int position)
    {
    }

    protected override void Append(int position, int count, bool wantsLogits)
    {
        for (var sequence = 0; sequence < _tables.Length; sequence++)
        {
            for (var i = 0; i < count; i++)
            {
                _tokens[i] = Token(sequence, position + i);
            }

            _step.Clear();
            _step.Add(_tables[sequence], position, _tokens.AsSpan(0, count), outputs: wantsLogits ? 1 : 0);
            Run();
        }
    }

    protected override void Step(int position)
    {
        _step.Clear();
        for (var sequence = 0; sequence < _tables.Length; sequence++)
        {
            _step.Add(_tables[sequence], position, [Token(sequence, position)], outputs: 1);
        }

        Run();
    }

    private void Run()
    {
        _decoder.Run(_step, _cache!);
        var outputs = _step.Outputs.Length;
        if (outputs == 0)
        {
            return;
        }

        if (ReadsLargestAlone)
        {
            _decoder.ReadLargest(0, outputs, VocabularySize, _largest.AsSpan(0, outputs));
        }
        else
        {
            _decoder.ReadLogits(0, _logits.AsSpan(0, outputs * VocabularySize));
        }
    }
}

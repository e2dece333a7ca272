using AiKernels.Formats;

namespace AiKernels.Cpu.Assembled;

/// <summary>A way to multiply few tokens: packed panels stream past them, once for as many as a routine takes.</summary>
internal sealed unsafe class StreamProduct
{
    private readonly BlockShape _shape;
    private readonly Lazy<Routine?>[] _routines;

    public StreamProduct(BlockShape shape, bool wide, RoutineFactory factory)
    {
        _shape = shape;
        _routines = [.. Enumerable.Range(1, StreamCode.MaxTokens(new VectorAssembler(wide), shape)).Select(tokens =>
            new Lazy<Routine?>(() => factory(wide, a => StreamCode.Emit(a, shape, tokens))))];

        // More passes, over panels that the second-level cache has by then, are slower than unpacking them once.
        MaxTokens = (wide ? 3 : 5) * _routines.Length;
    }

    /// <summary>The most tokens for which streaming is the fastest.</summary>
    public int MaxTokens { get; }

    /// <summary>Whether the system allows the routines that so many tokens take.</summary>
    public bool IsReady(int tokens)
    {
        var passes = Passes(tokens);
        return Routine(tokens / passes) is not null && Routine((tokens + passes - 1) / passes) is not null;
    }

    /// <summary>See <see cref="PanelKernel.Multiply"/>. Passes take as equal numbers of tokens as it goes.</summary>
    public void Multiply(byte* panels, int count, in Activations x, int token, int tokens, float* y)
    {
        var arguments = stackalloc void*[7];
        arguments[0] = panels;
        arguments[1] = (void*)count;
        arguments[3] = (void*)x.RecordStride;
        arguments[5] = (void*)(tokens * PanelLayout.Rows * (long)sizeof(float));
        arguments[6] = (void*)(x.Floats.Columns / _shape.SegmentLength);
        var passes = Passes(tokens);
        for (var pass = 0; pass < passes; pass++)
        {
            var (first, end) = (pass * tokens / passes, (pass + 1) * tokens / passes);
            arguments[2] = x.Record(0, token + first);
            arguments[4] = y + (first * PanelLayout.Rows);
            Routine(end - first)!.Run(arguments);
        }
    }

    private int Passes(int tokens) => (tokens + _routines.Length - 1) / _routines.Length;

    private Routine? Routine(int tokens) => _routines[tokens - 1].Value;
}

using AiKernels.Formats;

namespace AiKernels.Cpu.Assembled;

/// <summary>A way to multiply few tokens: packed panels stream past them, once for as many as a routine takes.</summary>
internal sealed unsafe class StreamProduct
{
    // What a second pass finds in the second-level cache, beside the tokens' records: half of what small ones have.
    private const int BytesAtOnce = 256 << 10;

    private readonly BlockShape _shape;
    private readonly Lazy<Routine?>[] _routines;

    public StreamProduct(BlockShape shape, bool wide, RoutineFactory factory)
    {
        _shape = shape;
        _routines = [.. Enumerable.Range(1, StreamCode.MaxTokens(new VectorAssembler(wide), shape)).Select(tokens =>
            new Lazy<Routine?>(() => factory(wide, a => StreamCode.Emit(a, shape, tokens))))];

        // More passes are slower than unpacking panels once, though all but the first find them in the cache.
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
        var segments = x.Floats.Columns / _shape.SegmentLength;
        var (passes, panelBytes) = (Passes(tokens), (long)segments * _shape.SegmentBytes);
        var atOnce = passes == 1 ? count : (int)Math.Clamp(BytesAtOnce / panelBytes, 1, count);
        var arguments = stackalloc void*[7];
        arguments[3] = (void*)x.RecordStride;
        arguments[5] = (void*)(tokens * PanelLayout.Rows * (long)sizeof(float));
        arguments[6] = (void*)segments;
        for (var panel = 0; panel < count; panel += atOnce)
        {
            arguments[0] = panels + (panel * panelBytes);
            arguments[1] = (void*)Math.Min(atOnce, count - panel);
            for (var pass = 0; pass < passes; pass++)
            {
                var (first, end) = (pass * tokens / passes, (pass + 1) * tokens / passes);
                arguments[2] = x.Record(0, token + first);
                arguments[4] = y + (((panel * tokens) + first) * PanelLayout.Rows);
                Routine(end - first)!.Run(arguments);
            }
        }
    }

    private int Passes(int tokens) => (tokens + _routines.Length - 1) / _routines.Length;

    private Routine? Routine(int tokens) => _routines[tokens - 1].Value;
}

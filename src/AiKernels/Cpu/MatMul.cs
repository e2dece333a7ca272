using System.Numerics;
using System.Runtime.CompilerServices;
using AiKernels.Cpu.Threads;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>A weight, and the input as its kernel reads it.</summary>
internal readonly unsafe struct Operands(CpuWeight weight, Activations input)
{
    public readonly CpuWeight Weight = weight;
    public readonly Activations Input = input;

    /// <summary>Products of some panels with some tokens, laid out as <see cref="PanelKernel.Multiply"/> says.</summary>
    public void Multiply(int first, int end, int token, int tokens, float* products) =>
        Weight.Kernel.Multiply(Weight.Panel(first), end - first, Input, token, tokens, products);
}

/// <summary>One projection, resolved: a weight, a gate or none, and where the result goes.</summary>
internal readonly unsafe struct ResolvedProjection(Operands operands, Operands? gate, Matrix bias, bool accumulate, Matrix y)
{
    public CpuWeight Weight => operands.Weight;

    public int Tokens => operands.Input.Floats.Rows;

    /// <summary>Multiplies some panels with all tokens, as many at a time as a call takes.</summary>
    public void RunPanels(int first, int end)
    {
        var most = Math.Min(Tokens, PanelKernel.MaxTokens);
        var floats = (long)most * PanelKernel.MaxPanels * PanelLayout.Rows;
        var products = (float*)ThreadMemory.Get((gate is null ? 1 : 2) * floats * sizeof(float));
        for (var token = 0; token < Tokens; token += most)
        {
            var count = Math.Min(most, Tokens - token);
            operands.Multiply(first, end, token, count, products);
            if (gate is { } other)
            {
                other.Multiply(first, end, token, count, products + floats);
                Gate(other.Weight.Kernel, products + floats, products, end - first, count);
            }

            var rowsAtOnce = Weight.Kernel.RowsAtOnce(count);
            for (var row = first * PanelLayout.Rows; row < end * PanelLayout.Rows; row += rowsAtOnce)
            {
                var tile = products + ((long)(row - (first * PanelLayout.Rows)) * count);
                Finish(tile, rowsAtOnce, token, count, row);
            }
        }
    }

    /// <summary>product = silu(gate) * product, panel by panel: the two may have different numbers of rows side by side.</summary>
    private void Gate(PanelKernel kernel, float* gates, float* products, int panels, int tokens)
    {
        var (gateRows, productRows) = (kernel.RowsAtOnce(tokens), Weight.Kernel.RowsAtOnce(tokens));
        for (var row = 0; row < panels * PanelLayout.Rows; row += PanelLayout.Rows)
        {
            kernel.Gate(gates + At(gateRows, row, tokens), gateRows, products + At(productRows, row, tokens), productRows, tokens);
        }
    }

    /// <summary>Where the first token's product with a row is, of products [rows / some][tokens][some].</summary>
    private static long At(int some, int row, int tokens) => ((long)(row / some) * tokens * some) + (row % some);

    /// <summary>y = sums + bias, or y + (sums + bias), for some tokens and the rows from one on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Finish(float* sums, int rowsAtOnce, int token, int tokens, int firstRow)
    {
        var rows = Math.Min(rowsAtOnce, Weight.Rows - firstRow);
        for (var t = 0; t < tokens; t++, sums += rowsAtOnce)
        {
            var output = y.Row(token + t) + firstRow;
            var row = 0;
            for (; row + Vector<float>.Count <= rows; row += Vector<float>.Count)
            {
                var value = Vector.Load(sums + row);
                value = bias.Data == null ? value : value + Vector.Load(bias.Data + firstRow + row);
                (accumulate ? Vector.Load(output + row) + value : value).Store(output + row);
            }

            for (; row < rows; row++)
            {
                var value = bias.Data == null ? sums[row] : sums[row] + bias.Data[firstRow + row];
                output[row] = accumulate ? output[row] + value : value;
            }
        }
    }
}

/// <summary>Several products of one input in one dispatch. An item is some neighbouring panels of one weight.</summary>
internal readonly struct MatMul : IWork
{
    // Threads that take this many items each finish nearly together. One token's products take so little time that fewer
    // do; 16 and 32 were no faster.
    private const int ItemsPerThread = 24, StreamsPerThread = 8;

    // Some kernels take panels in twos.
    private const int Pair = 2;

    private readonly ResolvedProjection[] _projections;
    private readonly int _count;
    private readonly int _threads;
    private readonly int _panelsPerItem;

    public MatMul(ResolvedProjection[] projections, int count, int threads)
    {
        (_projections, _count, _threads) = (projections, count, threads);
        var panels = 0;
        for (var i = 0; i < count; i++)
        {
            panels += projections[i].Weight.Panels;
        }

        var itemsPerThread = count > 0 && projections[0].Tokens == 1 ? StreamsPerThread : ItemsPerThread;
        _panelsPerItem = Math.Clamp(panels / (threads * itemsPerThread), Pair, PanelKernel.MaxPanels);
    }

    public int Items
    {
        get
        {
            var items = 0;
            for (var i = 0; i < _count; i++)
            {
                items += ItemsOf(_projections[i]);
            }

            return items;
        }
    }

    /// <summary>The weight that is read first; null of no products at all.</summary>
    public CpuWeight? FirstWeight => _count == 0 ? null : _projections[0].Weight;

    /// <summary>
    /// Writes what each thread reads first: its part's panels of the weight in which the part begins. Where they stand
    /// already, and the next time they do, nothing is written: threads may be reading.
    /// </summary>
    public void WriteFirstReads(Span<MemoryAhead> reads)
    {
        var (items, parts) = (Items, ItemParts.Parts(Items, reads.Length));
        if (parts == 0 || reads[0] == FirstRead(items, parts, 0))
        {
            return;
        }

        for (var part = 0; part < parts; part++)
        {
            reads[part] = FirstRead(items, parts, part);
        }

        reads[parts..].Clear();
    }

    private unsafe MemoryAhead FirstRead(int items, int parts, int part)
    {
        var (projection, start, _) = PanelsOf(ItemParts.First(items, parts, part));
        var (last, _, end) = PanelsOf(ItemParts.First(items, parts, part + 1) - 1);
        var weight = projection.Weight;
        end = last.Weight == weight ? end : weight.Panels;
        return new MemoryAhead((nint)weight.Panel(start), weight.Panel(end) - weight.Panel(start));
    }

    public void Run(int item)
    {
        var (projection, first, end) = PanelsOf(item);
        projection.RunPanels(first, end);
    }

    private (ResolvedProjection Projection, int First, int End) PanelsOf(int item)
    {
        var i = 0;
        for (; item >= ItemsOf(_projections[i]); i++)
        {
            item -= ItemsOf(_projections[i]);
        }

        var (pairs, items) = ((long)PairsOf(_projections[i]), ItemsOf(_projections[i]));
        var (first, end) = ((int)(item * pairs / items * Pair), (int)((item + 1) * pairs / items * Pair));
        return (_projections[i], first, Math.Min(end, _projections[i].Weight.Panels));
    }

    private static int PairsOf(in ResolvedProjection projection) => (projection.Weight.Panels + Pair - 1) / Pair;

    /// <summary>As many for each thread, or threads of one speed would wait for the last one's last.</summary>
    private int ItemsOf(in ResolvedProjection projection)
    {
        var items = (projection.Weight.Panels + _panelsPerItem - 1) / _panelsPerItem;
        return Math.Min((items + _threads - 1) / _threads * _threads, PairsOf(projection));
    }
}

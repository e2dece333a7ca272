using System.Numerics;
using System.Runtime.CompilerServices;
using AiKernels.Cpu.Threads;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>One projection, resolved: a weight, its input as its kernel reads it, and where the result goes.</summary>
internal readonly unsafe struct ResolvedProjection(CpuWeight weight, Activations input, Matrix bias, bool accumulate, Matrix y)
{
    public readonly CpuWeight Weight = weight;
    public readonly Activations Input = input;

    /// <summary>Multiplies some panels with all tokens, as many at a time as a call takes.</summary>
    public void RunPanels(int first, int end)
    {
        var tokens = Input.Floats.Rows;
        var most = Math.Min(tokens, PanelKernel.MaxTokens);
        var sums = (float*)ThreadMemory.Get((long)most * PanelKernel.MaxPanels * PanelLayout.Rows * sizeof(float));
        for (var token = 0; token < tokens; token += most)
        {
            var count = Math.Min(most, tokens - token);
            var rowsAtOnce = Weight.Kernel.RowsAtOnce(count);
            Weight.Kernel.Multiply(Weight.Panel(first), end - first, Input, token, count, sums);
            for (var row = first * PanelLayout.Rows; row < end * PanelLayout.Rows; row += rowsAtOnce)
            {
                var tile = sums + ((long)(row - (first * PanelLayout.Rows)) * count);
                Finish(tile, rowsAtOnce, token, count, row);
            }
        }
    }

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
    // Threads that take this many items each finish nearly together. With one token the weights come as a stream, which
    // each item begins anew.
    private const int ItemsPerThread = 24, StreamsPerThread = 8;

    private readonly ResolvedProjection[] _projections;
    private readonly int _count;
    private readonly int _panelsPerItem;

    public MatMul(ResolvedProjection[] projections, int count, int threads)
    {
        (_projections, _count) = (projections, count);
        var panels = 0;
        for (var i = 0; i < count; i++)
        {
            panels += projections[i].Weight.Panels;
        }

        var itemsPerThread = count > 0 && projections[0].Input.Floats.Rows == 1 ? StreamsPerThread : ItemsPerThread;

        // Even, since some kernels take panels in twos, and long enough that what is read ahead is mostly one's own.
        _panelsPerItem = Math.Clamp(panels / (threads * itemsPerThread) / 2 * 2, 2, PanelKernel.MaxPanels);
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

    public void Run(int item)
    {
        var i = 0;
        for (; item >= ItemsOf(_projections[i]); i++)
        {
            item -= ItemsOf(_projections[i]);
        }

        _projections[i].RunPanels(
            item * _panelsPerItem, Math.Min((item + 1) * _panelsPerItem, _projections[i].Weight.Panels));
    }

    private int ItemsOf(in ResolvedProjection projection) =>
        (projection.Weight.Panels + _panelsPerItem - 1) / _panelsPerItem;
}

using System.Numerics;
using System.Runtime.CompilerServices;
using AiKernels.Cpu.Threads;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>One projection, resolved: a weight, its input as its kernel reads it, and where the result goes.</summary>
internal readonly unsafe struct ResolvedProjection(CpuWeight weight, Activations input, float* bias, bool accumulate, Matrix y)
{
    public readonly CpuWeight Weight = weight;
    public readonly Activations Input = input;

    /// <summary>Multiplies some panels with all tokens, a tile of tokens at a time.</summary>
    [SkipLocalsInit]
    public void RunPanels(int first, int end)
    {
        var tokens = Input.Floats.Rows;
        var tile = stackalloc float[PanelKernel.MaxSums(tokens)];
        for (var token = 0; token < tokens; token += PanelKernel.MaxTokens)
        {
            var count = Math.Min(PanelKernel.MaxTokens, tokens - token);
            var atOnce = Weight.Kernel.PanelsAtOnce(count);
            for (var panel = first; panel < end; panel += atOnce)
            {
                Weight.Kernel.Multiply(Weight.Panel(panel), Math.Min(atOnce, end - panel), Input, token, count, tile);
                Finish(tile, atOnce * PanelLayout.Rows, token, count, panel * PanelLayout.Rows, Math.Min(end, panel + atOnce) * PanelLayout.Rows);
            }
        }
    }

    /// <summary>y = sums + bias, or y + (sums + bias), for the tile's tokens and some rows.</summary>
    private void Finish(float* sums, int stride, int token, int tokens, int firstRow, int endRow)
    {
        var rows = Math.Min(endRow, Weight.Rows) - firstRow;
        for (var t = 0; t < tokens; t++, sums += stride)
        {
            var output = y.Row(token + t) + firstRow;
            var row = 0;
            for (; row + Vector<float>.Count <= rows; row += Vector<float>.Count)
            {
                var value = Vector.Load(sums + row);
                value = bias == null ? value : value + Vector.Load(bias + firstRow + row);
                (accumulate ? Vector.Load(output + row) + value : value).Store(output + row);
            }

            for (; row < rows; row++)
            {
                var value = bias == null ? sums[row] : sums[row] + bias[firstRow + row];
                output[row] = accumulate ? output[row] + value : value;
            }
        }
    }
}

/// <summary>Several products of one input in one dispatch. An item is some neighbouring panels of one weight.</summary>
internal readonly struct MatMul : IWork
{
    // Threads that take this many items each finish nearly together.
    private const int ItemsPerThread = 8;

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

        // Even, since some kernels take panels in twos, and long enough that what is read ahead is mostly one's own.
        _panelsPerItem = Math.Clamp(panels / (threads * ItemsPerThread) / 2 * 2, 2, PanelKernel.MaxPanels);
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

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

/// <summary>Several products of one input in one dispatch. An item is a few neighbouring panels of one weight.</summary>
internal readonly struct MatMul(ResolvedProjection[] projections, int count) : IWork
{
    // Long enough that taking an item costs nothing beside it, short enough that threads finish together.
    private const int PanelsPerItem = 4;

    public int Items
    {
        get
        {
            var items = 0;
            for (var i = 0; i < count; i++)
            {
                items += ItemsOf(projections[i]);
            }

            return items;
        }
    }

    public void Run(int item)
    {
        var i = 0;
        for (; item >= ItemsOf(projections[i]); i++)
        {
            item -= ItemsOf(projections[i]);
        }

        projections[i].RunPanels(
            item * PanelsPerItem, Math.Min((item + 1) * PanelsPerItem, projections[i].Weight.Panels));
    }

    private static int ItemsOf(in ResolvedProjection projection) =>
        (projection.Weight.Panels + PanelsPerItem - 1) / PanelsPerItem;
}

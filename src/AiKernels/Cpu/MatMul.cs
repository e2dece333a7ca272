using AiKernels.Cpu.Threads;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>One projection, resolved: a weight, its input as its kernel reads it, and where the result goes.</summary>
internal readonly unsafe struct ResolvedProjection(CpuWeight weight, Activations input, float* bias, bool accumulate, Matrix y)
{
    public readonly CpuWeight Weight = weight;
    public readonly Activations Input = input;

    /// <summary>Multiplies one panel with all tokens, a tile of tokens at a time while the panel is in the cache.</summary>
    public void RunPanel(int panel)
    {
        var tile = stackalloc float[PanelKernel.MaxTokens * PanelLayout.Rows];
        var data = Weight.Panel(panel);
        for (var token = 0; token < Input.Floats.Rows; token += PanelKernel.MaxTokens)
        {
            var tokens = Math.Min(PanelKernel.MaxTokens, Input.Floats.Rows - token);
            Weight.Kernel.Multiply(data, Input, token, tokens, tile);
            for (var t = 0; t < tokens; t++)
            {
                Finish(tile + (t * PanelLayout.Rows), token + t, panel * PanelLayout.Rows);
            }
        }
    }

    private void Finish(float* sums, int token, int firstRow)
    {
        var output = y.Row(token) + firstRow;
        var rows = Math.Min(PanelLayout.Rows, Weight.Rows - firstRow);
        for (var row = 0; row < rows; row++)
        {
            var value = bias == null ? sums[row] : sums[row] + bias[firstRow + row];
            output[row] = accumulate ? output[row] + value : value;
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

        var last = Math.Min((item + 1) * PanelsPerItem, projections[i].Weight.Panels);
        for (var panel = item * PanelsPerItem; panel < last; panel++)
        {
            projections[i].RunPanel(panel);
        }
    }

    private static int ItemsOf(in ResolvedProjection projection) =>
        (projection.Weight.Panels + PanelsPerItem - 1) / PanelsPerItem;
}

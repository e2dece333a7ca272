using AiKernels.Cpu.Threads;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>y[t] = w[tokens[t]], read back from the packed weight. An item is a token.</summary>
internal readonly unsafe struct Embedding(CpuWeight table, int* tokens, Matrix y) : IWork
{
    public void Run(int item)
    {
        var row = tokens[item];
        table.Kernel.UnpackRow(
            table.Panel(row / PanelLayout.Rows), row % PanelLayout.Rows, table.Columns, y.Row(item));
    }
}

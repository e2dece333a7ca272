using System.Runtime.InteropServices;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <inheritdoc/>
internal sealed unsafe class FloatKernel<TElement, TSimd, TRegister> : PanelKernel
    where TElement : unmanaged, IFloatFormat<TElement>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    public FloatKernel()
    {
        if (sizeof(TElement) is not (sizeof(ushort) or sizeof(float)))
        {
            throw new NotSupportedException($"{TElement.Type} has elements of {sizeof(TElement)} bytes, not 2 or 4");
        }
    }

    public override ActivationLayout? InputLayout => null;

    public override long PanelBytes(int columns) => FloatPanel<TElement>.Bytes(columns);

    public override void Pack(ReadOnlySpan<byte> stored, int rows, int columns, byte* panel) =>
        FloatPanel<TElement>.Pack(MemoryMarshal.Cast<byte, TElement>(stored), rows, columns, panel);

    public override void UnpackRow(byte* panel, int row, int columns, float* destination) =>
        FloatPanel<TElement>.UnpackRow(panel, row, columns, destination);

    public override int RowsAtOnce(int tokens) => PanelLayout.Rows;

    public override void Multiply(byte* panels, int count, in Activations x, int token, int tokens, float* y)
    {
        for (var panel = 0; panel < count; panel++)
        {
            FloatMatMul<TElement, TSimd, TRegister>.Run(
                panels + (panel * PanelBytes(x.Floats.Columns)), x, token, tokens, y + (panel * tokens * PanelLayout.Rows));
        }
    }

    public override void Gate(float* gates, int gateStride, float* products, int productStride, int tokens) =>
        SiluGate<TSimd, TRegister>.Apply(gates, gateStride, products, productStride, tokens);
}

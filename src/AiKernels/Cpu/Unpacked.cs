using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>
/// Codes of a packed chunk as bytes, a register [rows][4 inputs] for each of its 8 steps. The layout is
/// <see cref="BlockPanel{TBlock}"/>'s; <c>step</c> is a constant at every call, so that shifts and branches fold away.
/// </summary>
#pragma warning disable CA1857 // Shift counts are constants once inlined.
internal static unsafe class Unpacked<TBlock, TSimd, TRegister>
    where TBlock : unmanaged, IBlockFormat<TBlock>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int LowFour = 0x0F0F0F0F, LowTwo = 0x03030303, LowOne = 0x01010101;

    [MethodImpl(Inline)]
    public static TRegister Step(byte* chunk, int step)
    {
        if (TBlock.CodeBits == 8)
        {
            return TSimd.Load(chunk + (step * PanelLayout.StepBytes));
        }

        var codes = TSimd.Broadcast(0);
        if ((TBlock.CodeBits & 4) != 0)
        {
            codes = Plane(chunk, step, 4, LowFour);
            chunk += 4 * PanelLayout.StepBytes;
        }

        if ((TBlock.CodeBits & 2) != 0)
        {
            codes = TSimd.Or(codes, TSimd.ShiftLeftHalves(Plane(chunk, step, 2, LowTwo), (byte)(TBlock.CodeBits & 4)));
            chunk += 2 * PanelLayout.StepBytes;
        }

        if ((TBlock.CodeBits & 1) != 0)
        {
            codes = TSimd.Or(codes, TSimd.ShiftLeftHalves(Plane(chunk, step, 1, LowOne), (byte)(TBlock.CodeBits & 6)));
        }

        return codes;
    }

    [MethodImpl(Inline)]
    private static TRegister Plane(byte* plane, int step, int bits, int mask)
    {
        var stepsPerByte = 8 / bits;
        var packed = TSimd.Load(plane + (step / stepsPerByte * PanelLayout.StepBytes));
        return TSimd.And(TSimd.ShiftRightHalves(packed, (byte)(step % stepsPerByte * bits)), TSimd.Broadcast(mask));
    }
}

using Iced.Intel;

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>The instructions on vectors, lane by lane of 32 bits. Source: Intel's manual, volume 2.</summary>
internal static unsafe class VectorInstructions
{
    private const int LaneBytes = sizeof(int);

    /// <summary>A lane of the result from the same lane of the old value and of one or two operands.</summary>
    private delegate int Lane(int old, int left, int right);

    /// <summary>A lane of the result from an operand, wherever in it.</summary>
    private delegate int Gather(byte* operand, int lane);

    /// <summary>What an instruction does; null if it is none of these.</summary>
    public static Action<Machine>? Meaning(Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Vmovdqu32 or Mnemonic.Vmovdqu or Mnemonic.Vmovdqa32 or Mnemonic.Vmovdqa or Mnemonic.Vmovups => Each(i, (_, a, _) => a),
        Mnemonic.Vpbroadcastd or Mnemonic.Vmovd when i.Op1Register.IsGPR() => Put(i),
        Mnemonic.Vpbroadcastd => Each(i, LaneBytes, (operand, _) => *(int*)operand),
        Mnemonic.Vpmovsxbd => Each(i, Lanes(i), (operand, lane) => (sbyte)operand[lane]),
        Mnemonic.Vpmovzxwd => Each(i, Lanes(i) * sizeof(ushort), (operand, lane) => ((ushort*)operand)[lane]),
        Mnemonic.Vcvtph2ps => Each(i, Lanes(i) * sizeof(Half), (operand, lane) => Bits((float)((Half*)operand)[lane])),
        Mnemonic.Vpandd or Mnemonic.Vpand => Each(i, (_, a, b) => a & b),
        Mnemonic.Vpord or Mnemonic.Vpor => Each(i, (_, a, b) => a | b),
        Mnemonic.Vpxord or Mnemonic.Vpxor => Each(i, (_, a, b) => a ^ b),
        Mnemonic.Vpaddd => Each(i, (_, a, b) => a + b),
        Mnemonic.Vpmulld => Each(i, (_, a, b) => a * b),
        Mnemonic.Vpaddw => Each(i, (_, a, b) => Halves(a, b, (x, y) => x + y)),
        Mnemonic.Vpabsb => Each(i, (_, a, _) => Bytes(a, 0, (x, _) => Math.Abs((int)x))),
        Mnemonic.Vpsignb => Each(i, (_, a, b) => Bytes(a, b, (x, sign) => x * Math.Sign(sign))),
        Mnemonic.Vpshufb => Shuffle(i),
        Mnemonic.Vpmaddubsw => Each(i, (_, a, b) => Pair(
            ((byte)a * (sbyte)b) + ((byte)(a >> 8) * (sbyte)(b >> 8)),
            ((byte)(a >> 16) * (sbyte)(b >> 16)) + ((byte)(a >> 24) * (sbyte)(b >> 24)))),
        Mnemonic.Vpmaddwd => Each(i, (_, a, b) => ((short)a * (short)b) + ((a >> 16) * (b >> 16))),
        Mnemonic.Vpcmpeqd => Each(i, (_, a, b) => a == b ? -1 : 0),
        Mnemonic.Vpternlogd when i.Immediate8 == 0xFF => Each(i, (_, _, _) => -1),
        Mnemonic.Vpsrld => Each(i, (_, a, count) => count > 31 ? 0 : a >>> count),
        Mnemonic.Vpslld => Each(i, (_, a, count) => count > 31 ? 0 : a << count),
        Mnemonic.Vpsllw => Each(i, (_, a, count) => Halves(a, half => count > 15 ? 0 : half << count)),
        Mnemonic.Vpsrlw => Each(i, (_, a, count) => Halves(a, half => count > 15 ? 0 : half >> count)),
        Mnemonic.Vpmullw => Each(i, (_, a, b) => Halves(a, b, (x, y) => x * y)),
        Mnemonic.Vpsubw => Each(i, (_, a, b) => Halves(a, b, (x, y) => x - y)),
        Mnemonic.Vpsubb => Each(i, (_, a, b) => Halves(a, b, (x, y) => ((x & 0xFF00) - (y & 0xFF00)) | ((x - y) & 0xFF))),
        Mnemonic.Vpdpbusd => Each(i, (sum, a, b) =>
            sum + ((byte)a * (sbyte)b) + ((byte)(a >> 8) * (sbyte)(b >> 8))
            + ((byte)(a >> 16) * (sbyte)(b >> 16)) + ((byte)(a >> 24) * (sbyte)(b >> 24))),
        Mnemonic.Vpdpwssd => Each(i, (sum, a, b) => sum + ((short)a * (short)b) + ((a >> 16) * (b >> 16))),
        Mnemonic.Vpsubd => Each(i, (_, a, b) => a - b),
        Mnemonic.Vpsrad => Each(i, (_, a, count) => a >> Math.Min(count, 31)),
        Mnemonic.Vcvtps2dq => Each(i, (_, a, _) => Round(Float(a))),
        Mnemonic.Vcvtdq2ps => Each(i, (_, a, _) => Bits(a)),
        Mnemonic.Vmulps => Each(i, (_, a, b) => Bits(Float(a) * Float(b))),
        Mnemonic.Vaddps => Each(i, (_, a, b) => Bits(Float(a) + Float(b))),
        Mnemonic.Vsubps => Each(i, (_, a, b) => Bits(Float(a) - Float(b))),
        Mnemonic.Vscalefps => Each(i, (_, a, b) => Bits((float)Math.ScaleB(Float(a), (int)Math.Clamp(Float(b), -1000, 1000)))),
        Mnemonic.Vmaxps => Each(i, (_, a, b) => Float(a) > Float(b) ? a : b),
        Mnemonic.Vmovss => Each(i, (_, a, _) => a),
        Mnemonic.Vshuff64x2 => Parts(i, sizeof(long) * 2, part => (i.Immediate8 >> (2 * part)) & 3),
        Mnemonic.Vperm2f128 when i.Immediate8 == 1 => Parts(i, sizeof(long) * 2, part => 1 - part),
        Mnemonic.Vpermilps => Parts(i, LaneBytes, lane => (lane & ~3) | ((i.Immediate8 >> (2 * (lane & 3))) & 3)),
        Mnemonic.Vfmadd213ps => Each(i, (product, a, b) => Bits(MathF.FusedMultiplyAdd(Float(a), Float(product), Float(b)))),
        Mnemonic.Vfmadd231ps => Each(i, (sum, a, b) => Bits(MathF.FusedMultiplyAdd(Float(a), Float(b), Float(sum)))),
        Mnemonic.Vfnmadd231ps => Each(i, (sum, a, b) => Bits(MathF.FusedMultiplyAdd(-Float(a), Float(b), Float(sum)))),
        Mnemonic.Vzeroupper => machine => machine.ZeroUpper(),
        _ => null,
    };

    private static int Bits(float value) => BitConverter.SingleToInt32Bits(value);

    private static float Float(int bits) => BitConverter.Int32BitsToSingle(bits);

    /// <summary>Both halves of a lane, unsigned; of a result the lower 16 bits.</summary>
    private static int Halves(int a, Func<int, int> half) => (ushort)half((ushort)a) | (half(a >>> 16) << 16);

    private static int Halves(int a, int b, Func<int, int, int> half) =>
        (ushort)half((ushort)a, (ushort)b) | (half(a >>> 16, b >>> 16) << 16);

    /// <summary>All bytes of a lane, signed; of a result the lower 8 bits.</summary>
    private static int Bytes(int a, int b, Func<sbyte, sbyte, int> value)
    {
        var result = 0;
        for (var bit = 0; bit < 32; bit += 8)
        {
            result |= (byte)value((sbyte)(a >> bit), (sbyte)(b >> bit)) << bit;
        }

        return result;
    }

    /// <summary>Two numbers, brought to the limits of an int16.</summary>
    private static int Pair(int low, int high) =>
        (ushort)Math.Clamp(low, short.MinValue, short.MaxValue) | (Math.Clamp(high, short.MinValue, short.MaxValue) << 16);

    private static int Lanes(Instruction i) => i.Mnemonic is Mnemonic.Vmovss or Mnemonic.Vmovd
        ? 1
        : (i.Op0Kind == OpKind.Register ? i.Op0Register : i.Op1Register).GetSize() / LaneBytes;

    /// <summary>Halves to even; what has no integer becomes the smallest.</summary>
    private static int Round(float value) => value is >= int.MinValue and < -(float)int.MinValue ? (int)MathF.Round(value) : int.MinValue;

    private static Action<Machine> Each(Instruction i, Lane lane)
    {
        RefuseMasks(i);
        var lanes = Lanes(i);
        var (to, left) = (Operand.Place(i, 0, lanes * LaneBytes), Operand.Place(i, 1, lanes * LaneBytes));
        if (i.OpCount == 3 && i.Op2Kind == OpKind.Immediate8)
        {
            var value = i.Immediate8;
            return machine => Write(machine, i, lanes, (int*)to(machine), (int*)left(machine), null, (old, a, _) => lane(old, a, value));
        }

        var right = i.OpCount == 3 ? Operand.Place(i, 2, lanes * LaneBytes) : left;
        return machine => Write(machine, i, lanes, (int*)to(machine), (int*)left(machine), (int*)right(machine), lane);
    }

    private static void Write(Machine machine, Instruction i, int lanes, int* to, int* left, int* right, Lane lane)
    {
        for (var n = 0; n < lanes; n++)
        {
            to[n] = lane(to[n], left[n], right == null ? 0 : right[n]);
        }

        ZeroAbove(machine, i, lanes);
    }

    private static Action<Machine> Each(Instruction i, int operandBytes, Gather gather)
    {
        RefuseMasks(i);
        var (lanes, from) = (Lanes(i), Operand.Place(i, 1, operandBytes));
        return machine =>
        {
            // The operand may be the register itself.
            var result = stackalloc int[Machine.VectorBytes / LaneBytes];
            for (var n = 0; n < lanes; n++)
            {
                result[n] = gather((byte*)from(machine), n);
            }

            new Span<int>(result, lanes).CopyTo(new Span<int>(machine.Vector(i.Op0Register), lanes));
            ZeroAbove(machine, i, lanes);
        };
    }

    /// <summary>Every part of the result from a part of the operand, which is one register.</summary>
    private static Action<Machine> Parts(Instruction i, int partBytes, Func<int, int> source)
    {
        RefuseMasks(i);
        if (i.OpCount == 4 && i.Op2Register != i.Op1Register)
        {
            throw new NotSupportedException($"{i}: two operands are not modelled");
        }

        var bytes = Lanes(i) * LaneBytes;
        return machine =>
        {
            var old = new ReadOnlySpan<byte>(machine.Vector(i.Op1Register), bytes).ToArray();
            for (var part = 0; part < bytes / partBytes; part++)
            {
                old.AsSpan(source(part) * partBytes, partBytes)
                    .CopyTo(new Span<byte>(machine.Vector(i.Op0Register) + (part * partBytes), partBytes));
            }

            ZeroAbove(machine, i, Lanes(i));
        };
    }

    /// <summary>A general register, in all lanes or, moved, in the first one, with zeros behind it.</summary>
    private static Action<Machine> Put(Instruction i)
    {
        RefuseMasks(i);
        var lanes = Lanes(i);
        return machine =>
        {
            new Span<int>(machine.Vector(i.Op0Register), lanes).Fill((int)machine[i.Op1Register]);
            ZeroAbove(machine, i, lanes);
        };
    }

    private static Action<Machine> Shuffle(Instruction i)
    {
        RefuseMasks(i);
        var bytes = Lanes(i) * LaneBytes;
        var (to, from, indices) = (Operand.Place(i, 0, bytes), Operand.Place(i, 1, bytes), Operand.Place(i, 2, bytes));
        return machine =>
        {
            // The operand may be the register itself.
            var result = new byte[bytes];
            for (var n = 0; n < bytes; n++)
            {
                var index = ((byte*)indices(machine))[n];
                result[n] = index > 127 ? (byte)0 : ((byte*)from(machine))[(n & ~15) + (index & 15)];
            }

            result.CopyTo(new Span<byte>((byte*)to(machine), bytes));
            ZeroAbove(machine, i, Lanes(i));
        };
    }

    private static void ZeroAbove(Machine machine, Instruction i, int lanes)
    {
        if (i.Op0Kind == OpKind.Register)
        {
            new Span<byte>(machine.Vector(i.Op0Register) + (lanes * LaneBytes), Machine.VectorBytes - (lanes * LaneBytes)).Clear();
        }
    }

    private static void RefuseMasks(Instruction i)
    {
        if (i.OpMask != Register.None || i.IsBroadcast || i.RoundingControl != RoundingControl.None || i.SuppressAllExceptions)
        {
            throw new NotSupportedException($"{i}: masks, broadcast operands and rounding modes are not modelled");
        }
    }
}

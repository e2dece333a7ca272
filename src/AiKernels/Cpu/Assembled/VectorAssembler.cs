using Iced.Intel;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// The few instructions that kernels are written in, at one register width: 512 bits (AVX-512) or 256 (AVX2). A kernel is
/// written once and assembled for either. Dot products add the processor's VNNI to what it must have.
/// </summary>
/// <remarks>
/// A vector register is named by its number, 0 to <see cref="Registers"/> - 1. The first argument of a function is its destination.
/// </remarks>
internal sealed class VectorAssembler(bool wide) : GeneralAssembler
{
    /// <summary>Whether registers are of 512 bits, not 256.</summary>
    public bool IsWide => wide;

    /// <summary>32-bit lanes of a register.</summary>
    public int Lanes => wide ? 16 : 8;

    /// <summary>Bytes of a register.</summary>
    public int Bytes => Lanes * sizeof(int);

    /// <summary>Vector registers there are.</summary>
    public int Registers => wide ? 32 : 16;

    // Vectors: moving.
    public void Load(int to, Address from) =>
        Emit(wide ? Code.EVEX_Vmovdqu32_zmm_k1z_zmmm512 : Code.VEX_Vmovdqu_ymm_ymmm256, to, from);

    public void Store(Address to, int from) => Add(
        Instruction.Create(wide ? Code.EVEX_Vmovdqu32_zmmm512_k1z_zmm : Code.VEX_Vmovdqu_ymmm256_ymm, to.Operand, Vector(from)));

    public void Move(int to, int from) =>
        Emit(wide ? Code.EVEX_Vmovdqa32_zmm_k1z_zmmm512 : Code.VEX_Vmovdqa_ymm_ymmm256, to, from);

    public void Zero(int to) => Emit(wide ? Code.EVEX_Vpxord_zmm_k1z_zmm_zmmm512b32 : Code.VEX_Vpxor_ymm_ymm_ymmm256, to, to, to);

    /// <summary>The 32 bits at an address, in every lane.</summary>
    public void Broadcast(int to, Address from) =>
        Emit(wide ? Code.EVEX_Vpbroadcastd_zmm_k1z_xmmm32 : Code.VEX_Vpbroadcastd_ymm_xmmm32, to, from);

    public void AllBits(int to) => Add(wide
        ? Instruction.Create(Code.EVEX_Vpternlogd_zmm_k1z_zmm_zmmm512b32_imm8, Vector(to), Vector(to), Vector(to), 0xFF)
        : Instruction.Create(Code.VEX_Vpcmpeqd_ymm_ymm_ymmm256, Vector(to), Vector(to), Vector(to)));

    /// <summary>1, in every half of a lane. Unlike a constant it needs no other register.</summary>
    public void Ones(int to)
    {
        AllBits(to);
        ShiftRightHalves(to, to, 15);
    }

    /// <summary>A constant, in every lane. It goes through EAX.</summary>
    public void Broadcast(int to, int value)
    {
        Add(Instruction.Create(Code.Mov_r32_imm32, Register.EAX, value));
        if (wide)
        {
            Add(Instruction.Create(Code.EVEX_Vpbroadcastd_zmm_k1z_r32, Vector(to), Register.EAX));
        }
        else
        {
            Add(Instruction.Create(Code.VEX_Vmovd_xmm_rm32, Register.XMM0 + to, Register.EAX));
            Add(Instruction.Create(Code.VEX_Vpbroadcastd_ymm_xmmm32, Vector(to), Register.XMM0 + to));
        }
    }

    /// <summary>As many signed bytes as there are lanes, as integers.</summary>
    public void LoadSignedBytes(int to, Address from) =>
        Emit(wide ? Code.EVEX_Vpmovsxbd_zmm_k1z_xmmm128 : Code.VEX_Vpmovsxbd_ymm_xmmm64, to, from);

    /// <summary>As many half-precision numbers as there are lanes, as floats.</summary>
    public void LoadHalves(int to, Address from) =>
        Emit(wide ? Code.EVEX_Vcvtph2ps_zmm_k1z_ymmm256_sae : Code.VEX_Vcvtph2ps_ymm_xmmm128, to, from);

    /// <summary>As many unsigned 16-bit integers as there are lanes, as integers.</summary>
    public void LoadUInt16(int to, Address from) =>
        Emit(wide ? Code.EVEX_Vpmovzxwd_zmm_k1z_ymmm256 : Code.VEX_Vpmovzxwd_ymm_xmmm128, to, from);

    // Vectors: integers.
    /// <summary>sum += the sum over each lane's 4 bytes of unsigned code * signed activation.</summary>
    public void Dot(int sum, int codes, int activations) =>
        Emit(wide ? Code.EVEX_Vpdpbusd_zmm_k1z_zmm_zmmm512b32 : Code.VEX_Vpdpbusd_ymm_ymm_ymmm256, sum, codes, activations);

    /// <summary>sum += left.low16 * right.low16 + left.high16 * right.high16, signed.</summary>
    public void PairDot(int sum, int left, int right) =>
        Emit(wide ? Code.EVEX_Vpdpwssd_zmm_k1z_zmm_zmmm512b32 : Code.VEX_Vpdpwssd_ymm_ymm_ymmm256, sum, left, right);

    /// <summary>
    /// The sums of each two neighbouring products of unsigned code * signed activation, as int16. What does not fit is
    /// brought to the limits, so that kernels may multiply nothing of the kind.
    /// </summary>
    public void MultiplyBytes(int to, int codes, int activations) =>
        Emit(wide ? Code.EVEX_Vpmaddubsw_zmm_k1z_zmm_zmmm512 : Code.VEX_Vpmaddubsw_ymm_ymm_ymmm256, to, codes, activations);

    /// <summary>left.low16 * right.low16 + left.high16 * right.high16, signed.</summary>
    public void MultiplyPairs(int to, int left, int right) =>
        Emit(wide ? Code.EVEX_Vpmaddwd_zmm_k1z_zmm_zmmm512 : Code.VEX_Vpmaddwd_ymm_ymm_ymmm256, to, left, right);

    public void AddHalves(int to, int left, int right) =>
        Emit(wide ? Code.EVEX_Vpaddw_zmm_k1z_zmm_zmmm512 : Code.VEX_Vpaddw_ymm_ymm_ymmm256, to, left, right);

    public void AddInt(int to, int left, int right) =>
        Emit(wide ? Code.EVEX_Vpaddd_zmm_k1z_zmm_zmmm512b32 : Code.VEX_Vpaddd_ymm_ymm_ymmm256, to, left, right);

    public void MultiplyInt(int to, int left, int right) =>
        Emit(wide ? Code.EVEX_Vpmulld_zmm_k1z_zmm_zmmm512b32 : Code.VEX_Vpmulld_ymm_ymm_ymmm256, to, left, right);

    public void MultiplyHalves(int to, int left, int right) =>
        Emit(wide ? Code.EVEX_Vpmullw_zmm_k1z_zmm_zmmm512 : Code.VEX_Vpmullw_ymm_ymm_ymmm256, to, left, right);

    public void SubtractHalves(int to, int left, int right) =>
        Emit(wide ? Code.EVEX_Vpsubw_zmm_k1z_zmm_zmmm512 : Code.VEX_Vpsubw_ymm_ymm_ymmm256, to, left, right);

    public void SubtractBytes(int to, int left, int right) =>
        Emit(wide ? Code.EVEX_Vpsubb_zmm_k1z_zmm_zmmm512 : Code.VEX_Vpsubb_ymm_ymm_ymmm256, to, left, right);

    public void AbsoluteBytes(int to, int from) =>
        Emit(wide ? Code.EVEX_Vpabsb_zmm_k1z_zmmm512 : Code.VEX_Vpabsb_ymm_ymmm256, to, from);

    /// <summary>Bytes, negated where those of <paramref name="signs"/> are negative and 0 where they are; of 256 bits alone.</summary>
    public void MoveSigns(int to, int from, int signs) => Emit(
        wide ? throw new NotSupportedException("AVX-512 has no vpsignb") : Code.VEX_Vpsignb_ymm_ymm_ymmm256, to, from, signs);

    /// <summary>In every 16 bytes: the one that the index's low four bits name, or 0 if the index is negative.</summary>
    public void ShuffleBytes(int to, int from, int indices) =>
        Emit(wide ? Code.EVEX_Vpshufb_zmm_k1z_zmm_zmmm512 : Code.VEX_Vpshufb_ymm_ymm_ymmm256, to, from, indices);

    public void ShiftLeftInt(int to, int from, byte count) =>
        Emit(wide ? Code.EVEX_Vpslld_zmm_k1z_zmmm512b32_imm8 : Code.VEX_Vpslld_ymm_ymm_imm8, to, from, count);

    public void SubtractInt(int to, int left, int right) =>
        Emit(wide ? Code.EVEX_Vpsubd_zmm_k1z_zmm_zmmm512b32 : Code.VEX_Vpsubd_ymm_ymm_ymmm256, to, left, right);

    public void ShiftRightArithmeticInt(int to, int from, byte count) =>
        Emit(wide ? Code.EVEX_Vpsrad_zmm_k1z_zmmm512b32_imm8 : Code.VEX_Vpsrad_ymm_ymm_imm8, to, from, count);

    /// <summary>The nearest integers, halves to even; NaN becomes the smallest.</summary>
    public void RoundToInt(int to, int from) =>
        Emit(wide ? Code.EVEX_Vcvtps2dq_zmm_k1z_zmmm512b32_er : Code.VEX_Vcvtps2dq_ymm_ymmm256, to, from);

    public void ShiftRightInt(int to, int from, byte count) =>
        Emit(wide ? Code.EVEX_Vpsrld_zmm_k1z_zmmm512b32_imm8 : Code.VEX_Vpsrld_ymm_ymm_imm8, to, from, count);

    public void ToFloat(int to, int from) =>
        Emit(wide ? Code.EVEX_Vcvtdq2ps_zmm_k1z_zmmm512b32_er : Code.VEX_Vcvtdq2ps_ymm_ymmm256, to, from);

    // Vectors: bits.
    public void And(int to, int left, int right) =>
        Emit(wide ? Code.EVEX_Vpandd_zmm_k1z_zmm_zmmm512b32 : Code.VEX_Vpand_ymm_ymm_ymmm256, to, left, right);

    public void Or(int to, int left, int right) =>
        Emit(wide ? Code.EVEX_Vpord_zmm_k1z_zmm_zmmm512b32 : Code.VEX_Vpor_ymm_ymm_ymmm256, to, left, right);

    public void Xor(int to, int left, int right) =>
        Emit(wide ? Code.EVEX_Vpxord_zmm_k1z_zmm_zmmm512b32 : Code.VEX_Vpxor_ymm_ymm_ymmm256, to, left, right);

    public void ShiftRightHalves(int to, int from, byte count) =>
        Emit(wide ? Code.EVEX_Vpsrlw_zmm_k1z_zmmm512_imm8 : Code.VEX_Vpsrlw_ymm_ymm_imm8, to, from, count);

    public void ShiftLeftHalves(int to, int from, byte count) =>
        Emit(wide ? Code.EVEX_Vpsllw_zmm_k1z_zmmm512_imm8 : Code.VEX_Vpsllw_ymm_ymm_imm8, to, from, count);

    // Vectors: floats.
    public void Multiply(int to, int left, int right) =>
        Emit(wide ? Code.EVEX_Vmulps_zmm_k1z_zmm_zmmm512b32_er : Code.VEX_Vmulps_ymm_ymm_ymmm256, to, left, right);

    /// <summary>sum = left * right + sum, rounded once.</summary>
    public void MultiplyAdd(int sum, int left, int right) =>
        Emit(wide ? Code.EVEX_Vfmadd231ps_zmm_k1z_zmm_zmmm512b32_er : Code.VEX_Vfmadd231ps_ymm_ymm_ymmm256, sum, left, right);

    /// <summary>sum = -(left * right) + sum, rounded once.</summary>
    public void MultiplySubtract(int sum, int left, int right) =>
        Emit(wide ? Code.EVEX_Vfnmadd231ps_zmm_k1z_zmm_zmmm512b32_er : Code.VEX_Vfnmadd231ps_ymm_ymm_ymmm256, sum, left, right);

    /// <summary>product = product * factor + addend, rounded once.</summary>
    public void MultiplyThenAdd(int product, int factor, int addend) =>
        Emit(wide ? Code.EVEX_Vfmadd213ps_zmm_k1z_zmm_zmmm512b32_er : Code.VEX_Vfmadd213ps_ymm_ymm_ymmm256, product, factor, addend);

    /// <summary>left * 2^power for a power that is an integer, rounded once. Registers of 512 bits only.</summary>
    public void Scale(int to, int left, int power) => Emit(Code.EVEX_Vscalefps_zmm_k1z_zmm_zmmm512b32_er, to, left, power);

    public void AddFloat(int to, int left, int right) =>
        Emit(wide ? Code.EVEX_Vaddps_zmm_k1z_zmm_zmmm512b32_er : Code.VEX_Vaddps_ymm_ymm_ymmm256, to, left, right);

    public void SubtractFloat(int to, int left, int right) =>
        Emit(wide ? Code.EVEX_Vsubps_zmm_k1z_zmm_zmmm512b32_er : Code.VEX_Vsubps_ymm_ymm_ymmm256, to, left, right);

    /// <summary>left where it is greater than right, else right: also where either is NaN.</summary>
    public void Greater(int to, int left, int right) =>
        Emit(wide ? Code.EVEX_Vmaxps_zmm_k1z_zmm_zmmm512b32_sae : Code.VEX_Vmaxps_ymm_ymm_ymmm256, to, left, right);

    // Vectors: lanes.
    /// <summary>Every lane i gets lane i xor <paramref name="distance"/>: 1, 2, 4 or, with 16 lanes, 8.</summary>
    public void SwapLanes(int to, int from, int distance)
    {
        const byte halves = 0x4E, neighbours = 0xB1; // Of four parts, which goes where.
        switch (distance)
        {
            case 8 or 4 when wide:
                var order = distance == 8 ? halves : neighbours;
                Add(Instruction.Create(Code.EVEX_Vshuff64x2_zmm_k1z_zmm_zmmm512b64_imm8, Vector(to), Vector(from), Vector(from), (uint)order));
                break;
            case 4:
                Add(Instruction.Create(Code.VEX_Vperm2f128_ymm_ymm_ymmm256_imm8, Vector(to), Vector(from), Vector(from), 1u));
                break;
            default:
                Emit(
                    wide ? Code.EVEX_Vpermilps_zmm_k1z_zmmm512b32_imm8 : Code.VEX_Vpermilps_ymm_ymmm256_imm8,
                    to,
                    from,
                    distance == 2 ? halves : neighbours);
                break;
        }
    }

    /// <summary>The first lane of a register below 16.</summary>
    public void StoreFirst(Address to, int from) =>
        Add(Instruction.Create(Code.VEX_Vmovss_m32_xmm, to.Operand, Register.XMM0 + from));

    private void Emit(Code code, int to, Address from) => Add(Instruction.Create(code, Vector(to), from.Operand));

    private void Emit(Code code, int to, int from) => Add(Instruction.Create(code, Vector(to), Vector(from)));

    private void Emit(Code code, int to, int from, byte count) => Add(Instruction.Create(code, Vector(to), Vector(from), (uint)count));

    private void Emit(Code code, int to, int left, int right) =>
        Add(Instruction.Create(code, Vector(to), Vector(left), Vector(right)));

    private Register Vector(int number) => (wide ? Register.ZMM0 : Register.YMM0) + number;
}

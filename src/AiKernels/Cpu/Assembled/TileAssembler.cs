using Iced.Intel;

namespace AiKernels.Cpu.Assembled;

/// <summary>The instructions of AMX, on tile registers 0 to 7. Source: Intel's manual, volume 1, chapter 18.</summary>
internal sealed class TileAssembler(VectorAssembler a)
{
    /// <summary>Tiles get the sizes that a <see cref="TileConfiguration"/> at an address says, and hold zeros.</summary>
    public void Configure(Address from) => a.Add(Instruction.Create(Code.VEX_Ldtilecfg_m512, from.Operand));

    /// <summary>Tiles have no size: what the system then saves of a thread is small again.</summary>
    public void Release() => a.Add(Instruction.Create(Code.VEX_Tilerelease));

    public void Zero(int tile) => a.Add(Instruction.Create(Code.VEX_Tilezero_tmm, Tile(tile)));

    /// <summary>Rows from memory; the address's index is the distance between them.</summary>
    public void Load(int to, Address from) => a.Add(Instruction.Create(Code.VEX_Tileloadd_tmm_sibmem, Tile(to), from.Operand));

    /// <summary>Rows to memory; the address's index is the distance between them.</summary>
    public void Store(Address to, int from) => a.Add(Instruction.Create(Code.VEX_Tilestored_sibmem_tmm, to.Operand, Tile(from)));

    /// <summary>sum[m][n] += the sum over k of left[m][k] * right[k / 4][n][k % 4], signed bytes.</summary>
    public void Dot(int sum, int left, int right) =>
        a.Add(Instruction.Create(Code.VEX_Tdpbssd_tmm_tmm_tmm, Tile(sum), Tile(left), Tile(right)));

    private static Register Tile(int number) => Register.TMM0 + number;
}

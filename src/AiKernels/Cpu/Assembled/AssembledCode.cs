using System.Runtime.Intrinsics.X86;

namespace AiKernels.Cpu.Assembled;

/// <summary>What assembled kernels can run here: the processor must have the instructions, and the system allow new code.</summary>
internal static unsafe class AssembledCode
{
    private static readonly Lazy<bool> Runs = new(TryToRun);

    /// <summary>Whether a unit is there and may be used.</summary>
    public static bool Has(AssembledUnit unit) => unit switch
    {
        AssembledUnit.None => true,
        AssembledUnit.Avx2 => Avx2.IsSupported && Fma.IsSupported && HasHalves() && Runs.Value,
        AssembledUnit.AvxVnni => Has(AssembledUnit.Avx2) && IsSet(X86Base.CpuId(7, 1).Eax, 4),
        AssembledUnit.Avx512 => Avx512BW.IsSupported && Runs.Value,
        AssembledUnit.Avx512Vnni => Has(AssembledUnit.Avx512) && IsSet(X86Base.CpuId(7, 0).Ecx, 11),
        AssembledUnit.Amx => Has(AssembledUnit.Avx512Vnni) && HasTiles() && TilePermission.IsGranted,
        _ => false,
    };

    /// <summary>The widening of half-precision numbers, which every processor with AVX2 has, but is a feature of its own.</summary>
    private static bool HasHalves() => IsSet(X86Base.CpuId(1, 0).Ecx, 29);

    /// <summary>Tile registers, and products of bytes in them.</summary>
    private static bool HasTiles()
    {
        var features = X86Base.CpuId(7, 0).Edx;
        return IsSet(features, 24) && IsSet(features, 25);
    }

    private static bool IsSet(int register, int bit) => (register & (1 << bit)) != 0;

    /// <summary>Also where the pages are given, a hardened system may end what jumps into them; then it ends here, at once.</summary>
    private static bool TryToRun()
    {
        var routine = Environment.Is64BitProcess ? NativeRoutine.TryAssemble(wide: false, a => a.Move(Iced.Intel.Register.RCX, 0)) : null;
        if (routine is null)
        {
            return false;
        }

        routine.Run(null);
        return true;
    }
}

using System.Runtime.Intrinsics.X86;

namespace AiKernels.Cpu.Assembled;

/// <summary>What assembled kernels can run here: the processor must have the instructions, and the system allow new code.</summary>
internal static unsafe class AssembledCode
{
    private const int Dots = 1 << 11; // AVX-512 VNNI, among a processor's features.

    private static readonly Lazy<bool> Runs = new(TryToRun);

    /// <summary>Whether a unit is there and may be used.</summary>
    public static bool Has(AssembledUnit unit) => unit switch
    {
        AssembledUnit.None => true,
        AssembledUnit.Avx2 => Avx2.IsSupported && Fma.IsSupported && HasHalves() && Runs.Value,
        AssembledUnit.AvxVnni => Has(AssembledUnit.Avx2) && AvxVnni.IsSupported,
        AssembledUnit.Avx512 => Avx512BW.IsSupported && Runs.Value,
        AssembledUnit.Avx512Vnni => Has(AssembledUnit.Avx512) && HasWideProducts(),
        AssembledUnit.Amx => Has(AssembledUnit.Avx512Vnni) && HasTiles() && TilePermission.IsGranted,
        _ => false,
    };

    /// <summary>
    /// Whether the processor has all that .NET switches together with 512-bit dot products of bytes, by
    /// <c>DOTNET_EnableAVX512v3=0</c> (and <c>v2</c>): Intel's Cascade Lake has the dot products alone, and .NET doesn't ask it.
    /// </summary>
    internal static bool HasWholeGroup()
    {
        const int ifma = 1 << 21, vbmi = 1 << 1, vbmi2 = 1 << 6, bitalg = 1 << 12, popcount = 1 << 14;
        const int group = vbmi | vbmi2 | Dots | bitalg | popcount;
        var (_, ebx, ecx, _) = X86Base.CpuId(7, 0);
        return (ebx & ifma) != 0 && (ecx & group) == group;
    }

    private static bool HasWideProducts() =>
        (X86Base.CpuId(7, 0).Ecx & Dots) != 0 && (Avx512Vbmi2.IsSupported || !HasWholeGroup());

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

using System.Runtime.Intrinsics;

namespace AiKernels.Cpu.Simd;

/// <summary>
/// The Arm instructions that <see cref="Neon{TInstructions}"/> needs beside what .NET's portable vectors say exactly.
/// They are a seam so that machines without them can run <see cref="Neon{TInstructions}"/>: tests put a software model
/// here that defines each by its scalar meaning.
/// </summary>
/// <remarks>Source: Arm Architecture Reference Manual for A-profile, the Advanced SIMD instructions of these names.</remarks>
internal interface INeonInstructions
{
    /// <summary>Whether this processor and process can run them.</summary>
    static abstract bool IsSupported { get; }

    /// <summary><c>FMLA</c>: addend + left * right, rounded once.</summary>
    static abstract Vector128<float> Fmla(Vector128<float> addend, Vector128<float> left, Vector128<float> right);

    /// <summary><c>FMLS</c>: minuend - left * right, rounded once.</summary>
    static abstract Vector128<float> Fmls(Vector128<float> minuend, Vector128<float> left, Vector128<float> right);

    /// <summary><c>FCVTNS</c>: the nearest integer, ties to even; saturating, NaN gives 0.</summary>
    static abstract Vector128<int> Fcvtns(Vector128<float> value);

    /// <summary><c>MLA</c>: addend + left * right, modulo 2^32.</summary>
    static abstract Vector128<int> Mla(Vector128<int> addend, Vector128<int> left, Vector128<int> right);

    /// <summary><c>SDOT</c>: addend[i] + the sum over j = 0..3 of left[4 i + j] * right[4 i + j], modulo 2^32.</summary>
    static abstract Vector128<int> Sdot(Vector128<int> addend, Vector128<sbyte> left, Vector128<sbyte> right);

    /// <summary><c>SMULL</c>: left[i] * right[i] of elements 0 to 3, exact.</summary>
    static abstract Vector128<int> Smull(Vector128<short> left, Vector128<short> right);

    /// <summary><c>SMULL2</c>: left[4 + i] * right[4 + i], exact.</summary>
    static abstract Vector128<int> Smull2(Vector128<short> left, Vector128<short> right);

    /// <summary><c>ADDP</c>: neighbours added, modulo 2^32: left's two sums, then right's.</summary>
    static abstract Vector128<int> Addp(Vector128<int> left, Vector128<int> right);

    /// <summary><c>ZIP1</c>: left[0], right[0], left[1], right[1] ... of the lower halves.</summary>
    static abstract Vector128<short> Zip1(Vector128<short> left, Vector128<short> right);
}

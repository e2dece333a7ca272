namespace AiKernels.Formats;

/// <summary>
/// How the numbers of a tensor are stored, under ggml's type ids: the ones GGUF files carry.
/// </summary>
/// <remarks>
/// Every id that ggml assigns is named here, so that any file can be inspected; the ones that can be computed with
/// are listed in <see cref="SupportedFormats"/>. Source: <c>enum ggml_type</c> in ggml's <c>ggml.h</c> and the block structs in
/// <c>ggml-common.h</c>; ids that ggml removed are left out.
/// </remarks>
public enum GgmlType : uint
{
#pragma warning disable CS1591 // The name is the documentation: these are the field's own words.
    F32 = 0,
    F16 = 1,
    Q4_0 = 2,
    Q4_1 = 3,
    Q5_0 = 6,
    Q5_1 = 7,
    Q8_0 = 8,
    Q8_1 = 9,
    Q2_K = 10,
    Q3_K = 11,
    Q4_K = 12,
    Q5_K = 13,
    Q6_K = 14,
    Q8_K = 15,
    IQ2_XXS = 16,
    IQ2_XS = 17,
    IQ3_XXS = 18,
    IQ1_S = 19,
    IQ4_NL = 20,
    IQ3_S = 21,
    IQ2_S = 22,
    IQ4_XS = 23,
    I8 = 24,
    I16 = 25,
    I32 = 26,
    I64 = 27,
    F64 = 28,
    IQ1_M = 29,
    BF16 = 30,
    TQ1_0 = 34,
    TQ2_0 = 35,
    MXFP4 = 39,
    NVFP4 = 40,
#pragma warning restore CS1591
}

/// <summary>The storage size of each <see cref="GgmlType"/>.</summary>
public static class GgmlTypeExtensions
{
    /// <summary>Elements and bytes of one storage block; a row holds a whole number of blocks.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not one that ggml assigns.</exception>
    public static (int Elements, int Bytes) Block(this GgmlType type) => type switch
    {
        GgmlType.F32 or GgmlType.I32 => (1, 4),
        GgmlType.F16 or GgmlType.BF16 or GgmlType.I16 => (1, 2),
        GgmlType.F64 or GgmlType.I64 => (1, 8),
        GgmlType.I8 => (1, 1),
        GgmlType.Q4_0 => (32, 18),
        GgmlType.Q4_1 => (32, 20),
        GgmlType.Q5_0 => (32, 22),
        GgmlType.Q5_1 => (32, 24),
        GgmlType.Q8_0 => (32, 34),
        GgmlType.Q8_1 => (32, 36),
        GgmlType.Q2_K => (256, 84),
        GgmlType.Q3_K => (256, 110),
        GgmlType.Q4_K => (256, 144),
        GgmlType.Q5_K => (256, 176),
        GgmlType.Q6_K => (256, 210),
        GgmlType.Q8_K => (256, 292),
        GgmlType.IQ2_XXS => (256, 66),
        GgmlType.IQ2_XS => (256, 74),
        GgmlType.IQ3_XXS => (256, 98),
        GgmlType.IQ1_S => (256, 50),
        GgmlType.IQ4_NL => (32, 18),
        GgmlType.IQ3_S => (256, 110),
        GgmlType.IQ2_S => (256, 82),
        GgmlType.IQ4_XS => (256, 136),
        GgmlType.IQ1_M => (256, 56),
        GgmlType.TQ1_0 => (256, 54),
        GgmlType.TQ2_0 => (256, 66),
        GgmlType.MXFP4 => (32, 17),
        GgmlType.NVFP4 => (64, 36),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a ggml type id"),
    };

    /// <summary>Bytes of a row of <paramref name="elements"/> numbers.</summary>
    /// <exception cref="ArgumentException">The row is not a whole number of blocks.</exception>
    public static long RowBytes(this GgmlType type, long elements)
    {
        var (blockElements, blockBytes) = type.Block();
        if (elements < 0 || elements % blockElements != 0)
        {
            throw new ArgumentException($"a row of {elements} numbers is not a whole number of {type} blocks of {blockElements}");
        }

        return checked(elements / blockElements * blockBytes);
    }
}

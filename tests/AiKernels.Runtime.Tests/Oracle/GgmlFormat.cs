using System.Runtime.InteropServices;
using AiKernels.Formats;
using AiKernels.Peers;

namespace AiKernels.Runtime.Tests.Oracle;

/// <summary>A format as ggml computes it.</summary>
internal static unsafe class GgmlFormat
{
    /// <summary>ggml's name, block length and block bytes.</summary>
    public static (string? Name, long Length, long Bytes) Describe(GgmlType type)
    {
        LlamaCpp.Require();
        var traits = LlamaCppLibrary.GetTypeTraits(type);
        return (Marshal.PtrToStringUTF8((nint)traits->Name), traits->BlockLength, (long)traits->BlockBytes);
    }

    /// <summary>ggml's <c>to_float</c>.</summary>
    public static float[] Dequantize(GgmlType type, byte[] stored, int count)
    {
        LlamaCpp.Require();
        var values = new float[count];
        if (type == GgmlType.F32) // It has no conversion to itself.
        {
            Buffer.BlockCopy(stored, 0, values, 0, stored.Length);
            return values;
        }

        fixed (byte* source = stored)
        fixed (float* destination = values)
        {
            LlamaCppLibrary.GetTypeTraits(type)->ToFloat(source, destination, count);
        }

        return values;
    }

    /// <summary>ggml's <c>ggml_quantize_chunk</c> of one row, without weights of importance.</summary>
    public static byte[] Quantize(GgmlType type, float[] values)
    {
        LlamaCpp.Require();
        var stored = new byte[type.RowBytes(values.Length)];
        fixed (float* source = values)
        fixed (byte* destination = stored)
        {
            var written = LlamaCppLibrary.Quantize(type, source, destination, 0, 1, values.Length, null);
            return (int)written == stored.Length
                ? stored
                : throw new InvalidOperationException($"ggml writes {written} bytes of {type}, not {stored.Length}");
        }
    }
}

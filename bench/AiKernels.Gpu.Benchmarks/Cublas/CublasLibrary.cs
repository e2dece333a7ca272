using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace AiKernels.Gpu.Benchmarks;

/// <summary>
/// The one function of NVIDIA's library that is measured against, and what it needs. Source: cublas_api.h and library_types.h
/// of CUDA 11 to 13. It computes on the calling thread's current device.
/// </summary>
internal sealed unsafe class CublasLibrary : IDisposable
{
    // CUBLAS_OP_N and _T, CUDA_R_16F, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT.
    private const int Plain = 0, Transposed = 1, Half = 2, ComputeInFloat = 68, DefaultAlgorithm = -1;

    private readonly delegate* unmanaged<nint, int> _destroy;
    private readonly delegate* unmanaged<
        nint, int, int, int, int, int, float*, nint, int, int, nint, int, int, float*, nint, int, int, int, int, int> _multiply;

    private readonly nint _handle;

    private CublasLibrary(nint library, string file, nint stream)
    {
        File = file;
        var create = (delegate* unmanaged<nint*, int>)NativeLibrary.GetExport(library, "cublasCreate_v2");
        var setStream = (delegate* unmanaged<nint, nint, int>)NativeLibrary.GetExport(library, "cublasSetStream_v2");
        _destroy = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cublasDestroy_v2");
        _multiply = (delegate* unmanaged<
            nint, int, int, int, int, int, float*, nint, int, int, nint, int, int, float*, nint, int, int, int, int, int>)
            NativeLibrary.GetExport(library, "cublasGemmEx");
        nint handle;
        Check(create(&handle), "cublasCreate");
        _handle = handle;
        try
        {
            Check(setStream(handle, stream), "cublasSetStream");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What was loaded.</summary>
    public string File { get; }

    /// <summary>Loads the first of some files that can be, and that works here.</summary>
    /// <param name="candidates">Files, or names that the system's loader knows.</param>
    /// <param name="stream">The device's queue that products are put in.</param>
    /// <param name="refusals">Receives why each that could be loaded doesn't work.</param>
    /// <param name="found">The library.</param>
    public static bool TryLoad(
        IEnumerable<string> candidates, nint stream, ICollection<string> refusals, [NotNullWhen(true)] out CublasLibrary? found)
    {
        foreach (var file in candidates)
        {
            if (NativeLibrary.TryLoad(file, out var library))
            {
                try
                {
                    found = new CublasLibrary(library, file, stream);
                    return true;
                }
                catch (Exception failure) when (failure is InvalidOperationException or EntryPointNotFoundException)
                {
                    refusals.Add($"{file}: {failure.Message}");
                    NativeLibrary.Free(library);
                }
            }
        }

        found = null;
        return false;
    }

    /// <summary>Enqueues x [T,K], w [N,K] -> y [T,N], all in F16 and row by row, sums in F32.</summary>
    public void Multiply(nint x, nint w, nint y, int tokens, int rows, int columns)
    {
        // The library counts by columns: there w is [K,N], to be transposed, x is [K,T] and y is [N,T].
        float one = 1, none = 0;
        Check(
            _multiply(
                _handle, Transposed, Plain, rows, tokens, columns, &one, w, Half, columns, x, Half, columns, &none, y, Half, rows, ComputeInFloat, DefaultAlgorithm),
            "cublasGemmEx");
    }

    public void Dispose() => _ = _destroy(_handle);

    private static void Check(int status, string function)
    {
        if (status != 0)
        {
            throw new InvalidOperationException($"{function} gave status {status}");
        }
    }
}

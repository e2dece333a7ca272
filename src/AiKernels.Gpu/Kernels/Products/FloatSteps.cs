using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>A thread's share of sixteen inputs of a panel, on its way: four parts, of inputs that are four apart.</summary>
/// <remarks>
/// So a warp reads whole lines, and a thread has four numbers of each of its rows, which lie side by side in shared memory.
/// </remarks>
internal struct FloatSteps
{
    private Int4 _a, _b, _c, _d;

    /// <summary>What comes from a panel for inputs <paramref name="k"/>, k + 4, k + 8 and k + 12.</summary>
    public static FloatSteps Load<TElement>(ArrayView<Int4> panel, int columns, int k, int part)
        where TElement : unmanaged, IFloatFormat<TElement> => new()
        {
            _a = DeviceFloats<TElement>.Part(panel, columns, k, part),
            _b = DeviceFloats<TElement>.Part(panel, columns, k + 4, part),
            _c = DeviceFloats<TElement>.Part(panel, columns, k + 8, part),
            _d = DeviceFloats<TElement>.Part(panel, columns, k + 12, part),
        };

    /// <summary>Puts them into shared memory as floats, from the thread's first row on: four inputs of a row a word of four.</summary>
    public readonly void Store<TElement>(ArrayView<Float4> rows)
        where TElement : unmanaged, IFloatFormat<TElement>
    {
        if (DeviceFloats<TElement>.Parts == 2)
        {
            Put(rows, 0, DeviceFloats<TElement>.First(_a), DeviceFloats<TElement>.First(_b), DeviceFloats<TElement>.First(_c), DeviceFloats<TElement>.First(_d));
            Put(rows, 4, DeviceFloats<TElement>.Second(_a), DeviceFloats<TElement>.Second(_b), DeviceFloats<TElement>.Second(_c), DeviceFloats<TElement>.Second(_d));
        }
        else
        {
            // One by one: four that are stored together are copied together first, and compilers do so before others wait.
            Put(rows.Cast<float>(), 0, DeviceFloats<TElement>.First(_a));
            Put(rows.Cast<float>(), 1, DeviceFloats<TElement>.First(_b));
            Put(rows.Cast<float>(), 2, DeviceFloats<TElement>.First(_c));
            Put(rows.Cast<float>(), 3, DeviceFloats<TElement>.First(_d));
        }
    }

    private static void Put(ArrayView<Float4> rows, int first, Float4 a, Float4 b, Float4 c, Float4 d)
    {
        rows[first] = new Float4 { X = a.X, Y = b.X, Z = c.X, W = d.X };
        rows[first + 1] = new Float4 { X = a.Y, Y = b.Y, Z = c.Y, W = d.Y };
        rows[first + 2] = new Float4 { X = a.Z, Y = b.Z, Z = c.Z, W = d.Z };
        rows[first + 3] = new Float4 { X = a.W, Y = b.W, Z = c.W, W = d.W };
    }

    private static void Put(ArrayView<float> rows, int step, Float4 values)
    {
        rows[step] = values.X;
        rows[step + 4] = values.Y;
        rows[step + 8] = values.Z;
        rows[step + 12] = values.W;
    }
}

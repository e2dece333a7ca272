using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>Sixteen floats in registers: one of each of a tile's rows, or of neighbouring channels or positions.</summary>
internal struct Sixteen
{
    /// <summary>How many there are: rows of a tile.</summary>
    public const int Count = 16;

    /// <summary>Words of four that they take in shared memory.</summary>
    public const int Quads = Count / 4;

    public Float4 A, B, C, D;

    /// <summary>
    /// The rows' words of an index in shared memory, sixteen neighbours. A view of their own, so that each is a constant away
    /// from its beginning.
    /// </summary>
    public static ArrayView<T> At<T>(ArrayView<T> all, int index)
        where T : unmanaged => all.SubView(index * Quads, Quads);

    /// <summary>fma(weights, value, these), everywhere.</summary>
    public readonly Sixteen Fma(ArrayView<Float4> weights, float value) => new()
    {
        A = Fma(weights[0], value, A),
        B = Fma(weights[1], value, B),
        C = Fma(weights[2], value, C),
        D = Fma(weights[3], value, D),
    };

    /// <summary>fma(weights, value, these) of sixteen indices from <paramref name="first"/> on, one after the other.</summary>
    public readonly Sixteen Fma(ArrayView<Float4> all, int first, Sixteen values) =>
        Fma(all, first, values.A).Fma(all, first + 4, values.B).Fma(all, first + 8, values.C).Fma(all, first + 12, values.D);

    /// <summary>The same of fewer than sixteen, up to <paramref name="end"/>.</summary>
    public readonly Sixteen Fma(ArrayView<Float4> all, int first, int end, Sixteen values) =>
        Fma(all, first, end, values.A).Fma(all, first + 4, end, values.B).Fma(all, first + 8, end, values.C).Fma(all, first + 12, end, values.D);

    /// <summary>fma(weights, value, these) in the rows that see a position, where counts say how many each sees.</summary>
    public readonly Sixteen FmaWhere(ArrayView<Int4> counts, int position, ArrayView<Float4> weights, float value)
    {
        var all = Fma(weights, value);
        return new()
        {
            A = Where(counts[0], position, all.A, A),
            B = Where(counts[1], position, all.B, B),
            C = Where(counts[2], position, all.C, C),
            D = Where(counts[3], position, all.D, D),
        };
    }

    /// <summary>All of them times a number.</summary>
    public readonly Sixteen Scaled(float scale) => new()
    {
        A = Scaled(A, scale),
        B = Scaled(B, scale),
        C = Scaled(C, scale),
        D = Scaled(D, scale),
    };

    /// <summary>Puts each where its row's numbers are.</summary>
    public readonly void Store(ArrayView<float> target, long first, long stride)
    {
        Store(A, target, first, stride);
        Store(B, target, first + (4 * stride), stride);
        Store(C, target, first + (8 * stride), stride);
        Store(D, target, first + (12 * stride), stride);
    }

    /// <summary>Puts them into shared memory.</summary>
    public readonly void Store(ArrayView<Float4> rows)
    {
        rows[0] = A;
        rows[1] = B;
        rows[2] = C;
        rows[3] = D;
    }

    private readonly Sixteen Fma(ArrayView<Float4> all, int first, Float4 values) =>
        Fma(At(all, first), values.X).Fma(At(all, first + 1), values.Y).Fma(At(all, first + 2), values.Z).Fma(At(all, first + 3), values.W);

    private readonly Sixteen Fma(ArrayView<Float4> all, int first, int end, Float4 values)
    {
        var sums = first < end ? Fma(At(all, first), values.X) : this;
        sums = first + 1 < end ? sums.Fma(At(all, first + 1), values.Y) : sums;
        sums = first + 2 < end ? sums.Fma(At(all, first + 2), values.Z) : sums;
        return first + 3 < end ? sums.Fma(At(all, first + 3), values.W) : sums;
    }

    private static void Store(Float4 values, ArrayView<float> target, long first, long stride)
    {
        target[first] = values.X;
        target[first + stride] = values.Y;
        target[first + (2 * stride)] = values.Z;
        target[first + (3 * stride)] = values.W;
    }

    private static Float4 Scaled(Float4 values, float scale) => new()
    {
        X = DeviceMath.Multiply(values.X, scale),
        Y = DeviceMath.Multiply(values.Y, scale),
        Z = DeviceMath.Multiply(values.Z, scale),
        W = DeviceMath.Multiply(values.W, scale),
    };

    private static Float4 Fma(Float4 weights, float value, Float4 sums) => new()
    {
        X = DeviceMath.Fma(weights.X, value, sums.X),
        Y = DeviceMath.Fma(weights.Y, value, sums.Y),
        Z = DeviceMath.Fma(weights.Z, value, sums.Z),
        W = DeviceMath.Fma(weights.W, value, sums.W),
    };

    private static Float4 Where(Int4 counts, int position, Float4 changed, Float4 kept) => new()
    {
        X = position < counts.X ? changed.X : kept.X,
        Y = position < counts.Y ? changed.Y : kept.Y,
        Z = position < counts.Z ? changed.Z : kept.Z,
        W = position < counts.W ? changed.W : kept.W,
    };
}

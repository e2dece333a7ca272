using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>A thread's sums of eight rows, a word of four tokens each, in registers.</summary>
internal struct FloatTile
{
    private Float4 _a, _b, _c, _d, _e, _f, _g, _h;

    /// <summary>fma(w, x, these), everywhere: of four rows, of the other four, and of the tokens.</summary>
    public readonly FloatTile Fma(Float4 first, Float4 second, Float4 x) => new()
    {
        _a = Fma(first.X, x, _a),
        _b = Fma(first.Y, x, _b),
        _c = Fma(first.Z, x, _c),
        _d = Fma(first.W, x, _d),
        _e = Fma(second.X, x, _e),
        _f = Fma(second.Y, x, _f),
        _g = Fma(second.Z, x, _g),
        _h = Fma(second.W, x, _h),
    };

    /// <summary>Where they go: four rows, four others, four tokens.</summary>
    public readonly void Put(int first, int second, int rows, int token, int tokens, Finish finish)
    {
        Put(_a, first, rows, token, tokens, finish);
        Put(_b, first + 1, rows, token, tokens, finish);
        Put(_c, first + 2, rows, token, tokens, finish);
        Put(_d, first + 3, rows, token, tokens, finish);
        Put(_e, second, rows, token, tokens, finish);
        Put(_f, second + 1, rows, token, tokens, finish);
        Put(_g, second + 2, rows, token, tokens, finish);
        Put(_h, second + 3, rows, token, tokens, finish);
    }

    private static Float4 Fma(float weight, Float4 x, Float4 sums) => new()
    {
        X = DeviceMath.Fma(weight, x.X, sums.X),
        Y = DeviceMath.Fma(weight, x.Y, sums.Y),
        Z = DeviceMath.Fma(weight, x.Z, sums.Z),
        W = DeviceMath.Fma(weight, x.W, sums.W),
    };

    private static void Put(Float4 sums, int row, int rows, int token, int tokens, Finish finish)
    {
        Put(sums.X, row, rows, token, tokens, finish);
        Put(sums.Y, row, rows, token + 1, tokens, finish);
        Put(sums.Z, row, rows, token + 2, tokens, finish);
        Put(sums.W, row, rows, token + 3, tokens, finish);
    }

    private static void Put(float sum, int row, int rows, int token, int tokens, Finish finish)
    {
        if (row < rows && token < tokens)
        {
            finish.Put(token, row, sum);
        }
    }
}

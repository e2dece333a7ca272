using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;

namespace AiKernels.Cpu;

/// <summary>Two tiles side by side: the tokens of the first, then of the second.</summary>
internal unsafe struct PairOfTiles<TTile, TRegister> : ITokenTile<PairOfTiles<TTile, TRegister>, TRegister>
    where TTile : unmanaged, ITokenTile<TTile, TRegister>
    where TRegister : unmanaged
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private TTile _first;
    private TTile _second;

    public static int Tokens
    {
        [MethodImpl(Inline)] get => 2 * TTile.Tokens;
    }

    [MethodImpl(Inline)]
    public static PairOfTiles<TTile, TRegister> DotUnsigned<TSimd>(
        PairOfTiles<TTile, TRegister> partial, TRegister codes, sbyte* activations, nint stride)
        where TSimd : ISimd<TRegister> => new()
        {
            _first = TTile.DotUnsigned<TSimd>(partial._first, codes, activations, stride),
            _second = TTile.DotUnsigned<TSimd>(partial._second, codes, activations + (TTile.Tokens * stride), stride),
        };

    [MethodImpl(Inline)]
    public static PairOfTiles<TTile, TRegister> DotSigned<TSimd>(
        PairOfTiles<TTile, TRegister> partial, TRegister codes, sbyte* activations, nint stride)
        where TSimd : ISimd<TRegister> => new()
        {
            _first = TTile.DotSigned<TSimd>(partial._first, codes, activations, stride),
            _second = TTile.DotSigned<TSimd>(partial._second, codes, activations + (TTile.Tokens * stride), stride),
        };

    [MethodImpl(Inline)]
    public static PairOfTiles<TTile, TRegister> Fold<TSimd>(PairOfTiles<TTile, TRegister> sum, PairOfTiles<TTile, TRegister> partial)
        where TSimd : ISimd<TRegister> => new()
        {
            _first = TTile.Fold<TSimd>(sum._first, partial._first),
            _second = TTile.Fold<TSimd>(sum._second, partial._second),
        };

    [MethodImpl(Inline)]
    public static PairOfTiles<TTile, TRegister> Fold<TSimd>(
        PairOfTiles<TTile, TRegister> sum, PairOfTiles<TTile, TRegister> partial, TRegister factors)
        where TSimd : ISimd<TRegister> => new()
        {
            _first = TTile.Fold<TSimd>(sum._first, partial._first, factors),
            _second = TTile.Fold<TSimd>(sum._second, partial._second, factors),
        };

    [MethodImpl(Inline)]
    public static PairOfTiles<TTile, TRegister> PairDot<TSimd>(
        PairOfTiles<TTile, TRegister> sum, TRegister factors, short* sums, int mask, nint stride)
        where TSimd : ISimd<TRegister> => new()
        {
            _first = TTile.PairDot<TSimd>(sum._first, factors, sums, mask, stride),
            _second = TTile.PairDot<TSimd>(sum._second, factors, sums + (TTile.Tokens * stride), mask, stride),
        };

    [MethodImpl(Inline)]
    public static PairOfTiles<TTile, TRegister> SubtractScaled<TSimd>(
        PairOfTiles<TTile, TRegister> sum, PairOfTiles<TTile, TRegister> other, int factor)
        where TSimd : ISimd<TRegister> => new()
        {
            _first = TTile.SubtractScaled<TSimd>(sum._first, other._first, factor),
            _second = TTile.SubtractScaled<TSimd>(sum._second, other._second, factor),
        };

    [MethodImpl(Inline)]
    public static PairOfTiles<TTile, TRegister> AddScaled<TSimd>(
        PairOfTiles<TTile, TRegister> sum, TRegister scale, float* t, PairOfTiles<TTile, TRegister> integers, nint stride)
        where TSimd : ISimd<TRegister> => new()
        {
            _first = TTile.AddScaled<TSimd>(sum._first, scale, t, integers._first, stride),
            _second = TTile.AddScaled<TSimd>(
                sum._second, scale, t + (TTile.Tokens * stride), integers._second, stride),
        };

    [MethodImpl(Inline)]
    public static PairOfTiles<TTile, TRegister> MultiplyAdd<TSimd>(
        PairOfTiles<TTile, TRegister> sum, TRegister weight, float* x, nint stride)
        where TSimd : ISimd<TRegister> => new()
        {
            _first = TTile.MultiplyAdd<TSimd>(sum._first, weight, x, stride),
            _second = TTile.MultiplyAdd<TSimd>(sum._second, weight, x + (TTile.Tokens * stride), stride),
        };

    [MethodImpl(Inline)]
    public static void Store<TSimd>(PairOfTiles<TTile, TRegister> sum, float* destination, nint stride)
        where TSimd : ISimd<TRegister>
    {
        TTile.Store<TSimd>(sum._first, destination, stride);
        TTile.Store<TSimd>(sum._second, destination + (TTile.Tokens * stride), stride);
    }
}

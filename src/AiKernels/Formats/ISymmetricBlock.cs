namespace AiKernels.Formats;

/// <summary>
/// A quantized format whose block is a single group: 32 codes under one scale, which follows from the number of largest
/// magnitude. So few functions say how numbers become a block that any device can store keys and values so:
/// <code>
/// scale = ScaleOf(Extreme of all numbers);  Quant = round-half-even(x * (1 / scale)), from Lowest to Highest
/// </code>
/// </summary>
/// <remarks>1 / scale is 0 where the scale is. NaN becomes <see cref="Lowest"/>.</remarks>
/// <typeparam name="TSelf">The block struct.</typeparam>
public interface ISymmetricBlock<TSelf> : IBlockFormat<TSelf>
    where TSelf : unmanaged, ISymmetricBlock<TSelf>
{
    /// <summary>The least integer that a number becomes.</summary>
    static abstract int Lowest { get; }

    /// <summary>The largest integer that a number becomes.</summary>
    static abstract int Highest { get; }

    /// <summary>Of the extreme so far, 0 at first, and a number the one that the scale follows from.</summary>
    static abstract float Extreme(float extreme, float value);

    /// <summary>The scale before it is rounded to half precision.</summary>
    static abstract float ScaleOf(float extreme);
}

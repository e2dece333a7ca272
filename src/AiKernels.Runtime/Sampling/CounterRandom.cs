namespace AiKernels.Runtime.Sampling;

/// <summary>
/// Random numbers without a state: each is a function of a seed and a position, so that the order in which they are
/// drawn, or whether some are skipped, changes nothing. Philox4x32-10 of Salmon et al., "Parallel random numbers: as
/// easy as 1, 2, 3" (SC 2011).
/// </summary>
/// <example>
/// <code>
/// var third = CounterRandom.Uniform(seed: 7, position: 3); // the same on any machine, whatever was drawn before
/// </code>
/// </example>
public static class CounterRandom
{
    /// <summary>A number of 53 random bits in [0, 1).</summary>
    public static double Uniform(ulong seed, ulong position) => Uniform(seed, position, attempt: 0);

    /// <summary>As <see cref="Uniform(ulong, ulong)"/>, another number for each attempt at the same position.</summary>
    internal static double Uniform(ulong seed, ulong position, uint attempt)
    {
        var (low, high) = Philox(seed, position, attempt);
        return ((((ulong)high << 32) | low) >> 11) * (1.0 / (1ul << 53));
    }

    /// <summary>The first two words of the block at counter (position, attempt) under key seed.</summary>
    internal static (uint First, uint Second) Philox(ulong seed, ulong position, uint attempt = 0)
    {
        var (x0, x1, x2, x3) = ((uint)position, (uint)(position >> 32), attempt, 0u);
        var (key0, key1) = ((uint)seed, (uint)(seed >> 32));
        for (var round = 0; round < 10; round++)
        {
            var (product0, product1) = (0xD2511F53ul * x0, 0xCD9E8D57ul * x2);
            (x0, x1, x2, x3) = (
                (uint)(product1 >> 32) ^ x1 ^ key0,
                (uint)product1,
                (uint)(product0 >> 32) ^ x3 ^ key1,
                (uint)product0);
            key0 += 0x9E3779B9;
            key1 += 0xBB67AE85;
        }

        return (x0, x1);
    }
}

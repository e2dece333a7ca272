using FsCheck;
using FsCheck.Fluent;

namespace AiKernels.Tests.Shared.Backends;

/// <summary>A trial that draws its operands, run with many seeds; a failure names its seed.</summary>
internal static class Seeds
{
    public static void ForAll(int count, Action<Random> trial) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), (int seed) => trial(new Random(seed)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(count));
}

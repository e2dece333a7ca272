using AiKernels.Formats;
using AiKernels.Peers;
using Xunit;

namespace AiKernels.Runtime.Tests.Oracle;

/// <summary>The declared layouts are those of the library: its defaults stand where they should.</summary>
public unsafe class LlamaCppLayoutTests
{
    public LlamaCppLayoutTests() => LlamaCpp.Require();

    [Fact]
    public void Parameters_passed_by_value_have_the_sizes_of_this_version()
    {
        Assert.Equal(80, sizeof(LlamaCppLibrary.ModelParameters));
        Assert.Equal(160, sizeof(LlamaCppLibrary.ContextParameters));
    }

    [Fact]
    public void Documented_defaults_stand_at_the_declared_offsets()
    {
        Assert.Equal(1, LlamaCppLibrary.DefaultModelParameters().UseExtraBufferTypes);
        var context = LlamaCppLibrary.DefaultContextParameters();
        Assert.Equal(512u, context.ContextLength);
        Assert.Equal(2048u, context.BatchLength);
        Assert.Equal(1u, context.Sequences);
        Assert.Equal(4, context.Threads);
        Assert.Equal(4, context.BatchThreads);
        Assert.Equal(-1, context.FlashAttention);
        Assert.Equal(GgmlType.F16, context.KeyType);
        Assert.Equal(GgmlType.F16, context.ValueType);
    }
}

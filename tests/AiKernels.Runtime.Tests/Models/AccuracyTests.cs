using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Models.Architectures;
using Xunit;

namespace AiKernels.Runtime.Tests.Models;

/// <summary>On float weights, logits are those of a textbook in double precision, up to single-precision rounding.</summary>
public class AccuracyTests(ITestOutputHelper output)
{
    // 2^-24 a rounding, some hundreds of them on the way to a logit.
    private const double Bound = 1e-5;

    public static TheoryData<string, GgmlType> Models => new MatrixTheoryData<string, GgmlType>(
        ["llama", "qwen2", "qwen3"], [GgmlType.F32, GgmlType.F16, GgmlType.BF16]);

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_differ_from_a_double_precision_pass_by_rounding_only(string architecture, GgmlType type) =>
        AssertAccurate(new RandomModel(architecture, type, 1));

    [Fact]
    public void Tied_embeddings_and_scaled_positions_are_as_accurate()
    {
        AssertAccurate(new RandomModel("qwen3", GgmlType.F32, 2)
        {
            Tied = true,
            Describe = file => file.Add("qwen3.rope.scaling.factor", 4f),
        });
        AssertAccurate(new RandomModel("llama", GgmlType.F32, 3)
        {
            FrequencyFactors = [.. Enumerable.Range(0, 32).Select(i => 1 + (i / 8f))],
        });
    }

    private void AssertAccurate(RandomModel model)
    {
        var tokens = model.Prompt(80);
        using var written = model.Write();
        using var file = GgufFile.Open(written.Path);
        using var backend = new CpuBackend(1);
        var worst = Difference.Worst(
            ForwardPass.Logits(backend, written.Path, tokens),
            new Float64Decoder(Architecture.Read(file), new GgufTensorSource(file)).Logits(tokens),
            RandomModel.VocabularySize);
        output.WriteLine($"{model.Architecture} {model.Type}: at most {worst:e2} of the largest logit");
        Assert.InRange(worst, 0, Bound);
    }
}

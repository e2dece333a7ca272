using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Models.Architectures;
using AiKernels.Runtime.Tests.Models;
using Xunit;

namespace AiKernels.Runtime.Tests.Oracle;

/// <summary>On quantized weights our logits are as near the truth as llama.cpp's: both quantize activations.</summary>
public class QuantizedModelTests(ITestOutputHelper output)
{
    private const int Seeds = 10, Positions = 80;
    private const double Bound = 1.03;

    public static TheoryData<string, GgmlType> Models => new MatrixTheoryData<string, GgmlType>(
        ["llama", "qwen2", "qwen3"],
        [GgmlType.Q8_0, GgmlType.Q4_0, GgmlType.Q4_K, GgmlType.Q6_K]);

    [Theory]
    [MemberData(nameof(Models))]
    public void The_error_is_no_more_than_llama_cpps(string architecture, GgmlType type)
    {
        LlamaCpp.Require();
        double ours = 0, theirs = 0, truth = 0;
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var model = new RandomModel(architecture, type, seed) { Tied = seed % 2 == 0 };
            var tokens = model.Prompt(Positions);
            using var file = model.Write();
            var expected = Truth(file.Path, tokens);
            using var backend = new CpuBackend(1);
            ours += Difference.Squares(ForwardPass.Logits(backend, file.Path, tokens), expected);
            theirs += Difference.Squares(LlamaCpp.Logits(file.Path, tokens), expected);
            truth += expected.Sum(value => value * value);
        }

        var ratio = Math.Sqrt(ours / theirs);
        output.WriteLine($"{architecture} {type}: RMS error {Math.Sqrt(ours / truth):e2} of the logits, {ratio:f4} of llama.cpp's");
        Assert.InRange(ratio, 0, Bound);
    }

    private static double[] Truth(string path, int[] tokens)
    {
        using var file = GgufFile.Open(path);
        return new Float64Decoder(Architecture.Read(file), new GgufTensorSource(file)).Logits(tokens);
    }
}

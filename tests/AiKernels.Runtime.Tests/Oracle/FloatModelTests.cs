using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Runtime.Tests.Models;
using Xunit;

namespace AiKernels.Runtime.Tests.Oracle;

/// <summary>On float weights our logits are llama.cpp's.</summary>
public class FloatModelTests(ITestOutputHelper output)
{
    private const double F32Bound = 1e-4;

    // Beyond one attention segment and one page of the cache, both of 64 positions.
    private const int Positions = 150;

    public static TheoryData<string, int, bool> Models
    {
        get
        {
            var data = new TheoryData<string, int, bool>();
            foreach (var architecture in new[] { "llama", "qwen2", "qwen3" })
            {
                for (var seed = 1; seed <= 4; seed++)
                {
                    data.Add(architecture, seed, seed % 2 == 0);
                }
            }

            return data;
        }
    }

    public static TheoryData<string, GgmlType> HalfModels =>
        new MatrixTheoryData<string, GgmlType>(["llama", "qwen2", "qwen3"], [GgmlType.F16, GgmlType.BF16]);

    [Theory]
    [MemberData(nameof(Models))]
    public void F32_logits_agree_at_every_position(string architecture, int seed, bool tied) =>
        AssertAgree(new(architecture, GgmlType.F32, seed) { Layers = 3, Tied = tied });

    [Theory]
    [InlineData("llama")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public void Linear_scaling_of_positions_agrees(string architecture) =>
        AssertAgree(new(architecture, GgmlType.F32, 5)
        {
            Describe = file =>
            {
                file.Add($"{architecture}.rope.scaling.type", "linear");
                file.Add($"{architecture}.rope.scaling.factor", 4f);
            },
        });

    [Theory]
    [InlineData("llama.rope.scaling.factor")]
    [InlineData("llama.rope.scale_linear")]
    public void Linear_scaling_of_a_file_that_names_no_type_agrees(string key) =>
        AssertAgree(new("llama", GgmlType.F32, 6) { Describe = file => file.Add(key, 2f) });

    [Fact]
    public void Frequency_factors_of_a_file_agree() =>
        AssertAgree(new("llama", GgmlType.F32, 6) { FrequencyFactors = Llama3Factors(32) });

    [Fact]
    public void Llama3_scaling_in_metadata_is_what_llama_cpp_makes_of_frequency_factors()
    {
        var plain = new RandomModel("llama", GgmlType.F32, 7);
        AssertAgree(
            plain with
            {
                Describe = file =>
                {
                    file.Add("llama.rope.scaling.type", "llama3");
                    file.Add("llama.rope.scaling.factor", 8f);
                    file.Add("llama.rope.scaling.low_freq_factor", 1f);
                    file.Add("llama.rope.scaling.high_freq_factor", 4f);
                    file.Add("llama.rope.scaling.original_context_length", 256u);
                },
            },
            plain with { FrequencyFactors = Llama3Factors(32) });
    }

    /// <remarks>
    /// llama.cpp rounds each product's input to the weights' format, by 2^-11 or 2^-8 of a value at most; we don't. The
    /// 7 L + 1 products of a model err independently, so their errors add as squares.
    /// </remarks>
    [Theory]
    [MemberData(nameof(HalfModels))]
    public void F16_and_BF16_logits_agree_within_what_llama_cpp_rounds_off(string architecture, GgmlType type)
    {
        var model = new RandomModel(architecture, type, 8);
        var rounding = type == GgmlType.F16 ? 1.0 / 2048 : 1.0 / 256;
        AssertAgree(model, model, rounding * Math.Sqrt((7 * model.Layers) + 1));
    }

    private void AssertAgree(RandomModel model) => AssertAgree(model, model);

    private void AssertAgree(RandomModel model, RandomModel same, double bound = F32Bound)
    {
        LlamaCpp.Require();
        var tokens = model.Prompt(Positions);
        using var file = model.Write();
        using var theirs = same.Write();
        using var backend = new CpuBackend(1);
        var worst = Difference.Worst(
            ForwardPass.Logits(backend, file.Path, tokens),
            LlamaCpp.Logits(theirs.Path, tokens),
            RandomModel.VocabularySize);
        output.WriteLine($"{model.Architecture} {model.Type} seed {model.Seed}: at most {worst:e2} of the largest logit");
        Assert.InRange(worst, 0, bound);
    }

    /// <summary>
    /// Meta's rule for a factor of 8, periods of 1 to 4 and an original context of 256, as converters write it into
    /// <c>rope_freqs.weight</c>.
    /// </summary>
    private static float[] Llama3Factors(int pairs) => [.. Enumerable.Range(0, pairs).Select(i =>
    {
        const double factor = 8, low = 1, high = 4, context = 256;
        var wavelength = 2 * Math.PI * Math.Pow(10_000, (double)i / pairs);
        if (wavelength < context / high)
        {
            return 1f;
        }

        var smooth = ((context / wavelength) - low) / (high - low);
        return (float)(wavelength > context / low ? factor : 1 / (((1 - smooth) / factor) + smooth));
    })];
}

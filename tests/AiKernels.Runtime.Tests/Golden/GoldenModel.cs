using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Models.Architectures;
using AiKernels.Runtime.Tests.Models;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Golden;

/// <summary>A trained model in one format, with keys and values in another, whose logits are known to the bit.</summary>
internal sealed class GoldenModel : IDisposable
{
    private const string Stories = "stories260K", Embedded = "shakespeare";

    // More than an attention segment and a page, both of 64 positions.
    private const int Positions = 80;

    private readonly GgufFile _file;
    private readonly DecoderSpec _spec;
    private readonly TensorSource _source;

    private GoldenModel(string path, GgmlType type, GgmlType keyValueType)
    {
        KeyValueType = keyValueType;
        _file = GgufFile.Open(path);
        _spec = Architecture.Read(_file);
        _source = new RequantizedSource(new GgufTensorSource(_file), type);
        Tokens = [.. Enumerable.Range(1, Positions).Select(i => i * 37 % _spec.VocabularySize)];
    }

    /// <summary>The names of all of them: the model and its format, and that of keys and values unless it is F32.</summary>
    public static IEnumerable<string> Names { get; } =
    [
        $"{Stories} {GgmlType.F32}",
        .. new[] { GgmlType.Q8_0, GgmlType.Q4_0, GgmlType.Q4_K, GgmlType.Q6_K }.Select(type => $"{Embedded} {type}"),
        .. KeyValueShape.Types.Where(type => type != GgmlType.F32).Select(type => $"{Embedded} {GgmlType.Q8_0} {type}"),
    ];

    /// <summary>How keys and values are stored.</summary>
    public GgmlType KeyValueType { get; }

    /// <summary>The prompt.</summary>
    public int[] Tokens { get; }

    /// <summary>Opens a model by its name; where its file is absent the test is skipped.</summary>
    public static GoldenModel Open(string name)
    {
        GgmlType[] types = [.. name.Split(' ').Skip(1).Select(Enum.Parse<GgmlType>)];
        var keyValueType = types.Length > 1 ? types[1] : GgmlType.F32;
        if (name.StartsWith(Stories, StringComparison.Ordinal))
        {
            return new(TestData.Path("models/stories260K.gguf"), types[0], keyValueType);
        }

        var path = Repository.Path("samples/DemoModel/shakespeare.gguf");
        Assert.SkipUnless(File.Exists(path), $"{path} is not there");
        return new(path, types[0], keyValueType);
    }

    /// <summary>Loads the model.</summary>
    public Decoder Load(IBackend backend) => new(backend, _spec, _source, Positions + 1);

    public void Dispose() => _file.Dispose();
}

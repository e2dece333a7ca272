// Continues a prompt with the small model embedded in this program; name a GGUF file to use that one instead:
//     dotnet run -c Release --project samples/Quickstart -- "Once upon a time" model.gguf
using AiKernels.Cpu;
using AiKernels.Runtime.Engine;

var prompt = args.Length > 0 ? args[0] : "ROMEO:\n";
var folder = Directory.CreateTempSubdirectory("quickstart-");
try
{
    var path = args.Length > 1 ? args[1] : Unpack(folder);
    using var backend = new CpuBackend();
    using var model = LanguageModel.Load(path, backend);
    using var engine = new InferenceEngine(model);
    Console.WriteLine($"{backend.Description}, {model.Decoder.WeightBytes / 1e6:F1} MB of weights\n\n{prompt}");

    var generation = engine.Submit(prompt, new GenerationOptions { MaxTokens = 200 });
    await foreach (var token in generation)
    {
        Console.Write(token.Text);
    }

    var statistics = generation.Statistics;
    Console.WriteLine($"\n\n{statistics.GeneratedTokens} tokens, {statistics.DecodeTokensPerSecond:F1} tokens per second");
}
finally
{
    folder.Delete(recursive: true);
}

// Models are mapped from files, so the embedded one becomes a file first.
static string Unpack(DirectoryInfo folder)
{
    var path = Path.Combine(folder.FullName, "demo.gguf");
    using var embedded = typeof(Program).Assembly.GetManifestResourceStream("demo.gguf")!;
    using var file = File.Create(path);
    embedded.CopyTo(file);
    return path;
}

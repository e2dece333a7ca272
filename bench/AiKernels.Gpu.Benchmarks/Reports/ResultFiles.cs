using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiKernels.Gpu.Benchmarks.Reports;

/// <summary>Plans and results as files: Markdown for people, JSON for programs.</summary>
internal static class ResultFiles
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    public static void Write(Plan plan, Results results)
    {
        Directory.CreateDirectory(plan.Output);
        File.WriteAllText(Path.Combine(plan.Output, "gpu.md"), Report.Write(plan, results));
        Write(Path.Combine(plan.Output, "gpu.json"), new { plan, results });
    }

    public static void Write<T>(string file, T value) => File.WriteAllText(file, JsonSerializer.Serialize(value, Options));

    public static T Read<T>(string file) =>
        JsonSerializer.Deserialize<T>(File.ReadAllText(file), Options) ?? throw new InvalidDataException($"'{file}' is empty");
}

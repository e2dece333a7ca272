using System.Diagnostics;
using System.Text;
using System.Text.Json;
using AiKernels.Peers;
using Xunit;

namespace AiKernels.Runtime.Tests.Oracle;

/// <summary>What Hugging Face's library makes of texts, one entry a text.</summary>
/// <param name="Error">Why it refuses the tokenizer or a text; null if it doesn't. Then the others are there.</param>
/// <param name="Ids">The ids.</param>
/// <param name="Framed">The ids with what stands before and behind a whole text.</param>
/// <param name="Decoded">The text of the ids, control tokens included.</param>
internal sealed record HuggingFaceAnswer(string? Error, int[][]? Ids, int[][]? Framed, string[]? Decoded);

/// <summary>Hugging Face's own library of tokenizers, the npm package tokenizers.</summary>
internal static class HuggingFace
{
    private static readonly NpmProject Project = new("tokenizers");
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>
    /// What it makes of texts by files <c>tokenizer.json</c>, or skips the test where it can't be had. Where it breaks down, which
    /// it does at some texts, there is null.
    /// </summary>
    public static List<HuggingFaceAnswer?> Encode(IReadOnlyList<(string Json, string[] Texts)> questions)
    {
        Assert.SkipWhen(Project.Obstacle is not null, $"Hugging Face's tokenizers, the oracle, are not here: {Project.Obstacle}");
        List<HuggingFaceAnswer?> answers = [];
        while (answers.Count < questions.Count)
        {
            answers.AddRange(Ask(questions.Skip(answers.Count)));
            if (answers.Count < questions.Count)
            {
                answers.Add(null);
            }
        }

        return answers;
    }

    /// <summary>The answers of one process, up to where it breaks down.</summary>
    private static HuggingFaceAnswer[] Ask(IEnumerable<(string Json, string[] Texts)> questions)
    {
        using var node = Process.Start(new ProcessStartInfo("node", [Project.Path("encode.js")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        })!;
        var (output, errors) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        try
        {
            foreach (var (json, texts) in questions)
            {
                node.StandardInput.WriteLine(JsonSerializer.Serialize(new { json, texts }));
            }

            node.StandardInput.Close();
        }
        catch (IOException)
        {
            // It broke down, and reads no more.
        }

        Task.WaitAll(output, errors);
        return [.. output.Result.Split('\n')[..^1].Select(line => JsonSerializer.Deserialize<HuggingFaceAnswer>(line, Web)!)];
    }
}

using System.Text.Json.Nodes;
using AiKernels.Runtime.Tests.Text;
using Xunit;

namespace AiKernels.Runtime.Tests.Oracle;

/// <summary>The ids of any text by any <c>tokenizer.json</c> are those of Hugging Face's own library, and so is the text of ids.</summary>
public sealed class HuggingFaceTests
{
    private const int Files = 100, Texts = 20;

    [Theory]
    [InlineData("bytes")]
    [InlineData("characters")]
    [InlineData("unigrams")]
    [InlineData("words")]
    public void Random_files_give_the_same_ids(string kind)
    {
        var questions = Enumerable.Range(0, Files).Select(seed =>
        {
            var random = new RandomTokenizerJson(seed);
            var file = random.File(kind);
            return (Json: file, Texts: Enumerable.Range(0, Texts).Select(_ => random.Text(file)).ToArray());
        }).ToArray();
        var answers = HuggingFace.Encode([.. questions.Select(question => (question.Json.ToJsonString(), question.Texts))]);
        Assert.InRange(answers.Count(answer => answer is null), 0, Files / 20);
        Assert.All(questions.Zip(answers).Where(pair => pair.Second is not null), pair => Compare(pair.First.Json, pair.First.Texts, pair.Second!));
    }

    private static void Compare(JsonObject file, string[] texts, HuggingFaceAnswer answer)
    {
        Assert.Null(answer.Error);
        var tokenizer = JsonTokenizer.Load(file.ToJsonString());
        Assert.All(texts.Index(), text =>
        {
            Assert.Equal(answer.Ids![text.Index], tokenizer.Encode(text.Item, parseSpecial: true));
            Assert.Equal(answer.Framed![text.Index], tokenizer.EncodeWithSpecial(text.Item, parseSpecial: true));
            if (IsDecodedByName(file))
            {
                Assert.Equal(answer.Decoded![text.Index], tokenizer.Decode(answer.Ids[text.Index], renderSpecial: true));
            }
        });
    }

    /// <summary>
    /// Words lose what was between them; and it writes added tokens as they were normalized, and a control token's marks as spaces,
    /// where we write their names.
    /// </summary>
    private static bool IsDecodedByName(JsonObject file) => file["decoder"] is not null && file["added_tokens"]!.AsArray().All(
        token => !(bool)token!["normalized"]! && !((bool)token["special"]! && ((string)token["content"]!).Contains('▁')));
}

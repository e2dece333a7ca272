namespace AiKernels.Runtime.Text;

/// <summary>An added token as <c>tokenizer.json</c> and <c>tokenizer_config.json</c> have it.</summary>
internal static class AddedTokenField
{
    /// <summary>Adds a token under an id.</summary>
    public static void Add(JsonField token, int id, VocabularyBuilder builder)
    {
        var isSpecial = token["special"].BooleanOr(false);
        var flags = (token["lstrip"].BooleanOr(false) ? AddedTokenFlags.LeftStrip : 0)
            | (token["rstrip"].BooleanOr(false) ? AddedTokenFlags.RightStrip : 0)
            | (token["single_word"].BooleanOr(false) ? AddedTokenFlags.SingleWord : 0)
            | (token["normalized"].BooleanOr(!isSpecial) ? AddedTokenFlags.Normalized : 0);
        builder.AddSpecial(id, token["content"].Text, isSpecial ? TokenType.Control : TokenType.UserDefined, flags);
    }
}

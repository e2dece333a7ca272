using System.Text.Json.Nodes;
using AiKernels.Runtime.Templates;

namespace AiKernels.Hosting.Chat;

/// <summary>
/// Writes system and developer messages so that a template leaves none of them out: by roles that it knows, and together as the
/// first message where it takes but one.
/// </summary>
internal static class SystemMessages
{
    private const string System = "system", Developer = "developer";

    /// <summary>Rewrites a conversation.</summary>
    /// <param name="messages">Its messages.</param>
    /// <param name="instructions">What goes before all of them; null for nothing.</param>
    /// <param name="form">What the template takes.</param>
    public static void Rewrite(JsonArray messages, string? instructions, SystemMessageForm form)
    {
        JsonObject[] said = [.. messages.Cast<JsonObject>().Where(message => Role(message) is System or Developer)];
        foreach (var message in said.Where(_ => !form.KnowsDeveloper))
        {
            message["role"] = System;
        }

        if (!form.TakesSeveral && (said.Length > 1 || (said.Length == 1 && messages[0] != said[0])))
        {
            Join(messages, said);
        }

        if (instructions is null)
        {
            return;
        }

        // With the first one, if that is a system message, too: many templates take but one.
        if (messages is [JsonObject first, ..] && (Role(first) == System || (Role(first) == Developer && !form.TakesSeveral)))
        {
            first["content"] = $"{instructions}\n\n{(string?)first["content"]}";
        }
        else
        {
            messages.Insert(0, new JsonObject { ["role"] = System, ["content"] = instructions });
        }
    }

    private static void Join(JsonArray messages, JsonObject[] said)
    {
        foreach (var message in said)
        {
            messages.Remove(message);
        }

        var first = said[0];
        first["role"] = Array.Exists(said, message => Role(message) == System) ? System : Developer;
        first["content"] = string.Join("\n\n", said.Select(message => (string?)message["content"]));
        messages.Insert(0, first);
    }

    private static string? Role(JsonNode message) => (string?)message["role"];
}

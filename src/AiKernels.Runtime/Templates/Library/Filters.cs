using System.Collections.Frozen;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>The filters by name. A filter that there isn't is missed only where a template comes to it.</summary>
internal static class Filters
{
    private static readonly FrozenDictionary<string, Builtin> ByName = Collect();

    public static Builtin? Find(string name) => ByName.GetValueOrDefault(name);

    private static FrozenDictionary<string, Builtin> Collect()
    {
        Builtin[] all =
        [
            .. TextFilters.All, .. LayoutFilters.All, .. MarkupFilters.All, .. NumberFilters.All, .. SequenceFilters.All,
            .. OrderFilters.All, .. SelectionFilters.All, .. ValueFilters.All,
        ];
        var byName = all.ToDictionary(filter => filter.Name);
        foreach (var (alias, name) in ((string, string)[])[("d", "default"), ("count", "length"), ("e", "escape")])
        {
            byName.Add(alias, byName[name]);
        }

        return byName.ToFrozenDictionary();
    }
}

using System.Collections.Frozen;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>The methods of one name, whatever they are called on; found once, when a template is parsed.</summary>
/// <param name="OfString">Strings' method, or null.</param>
/// <param name="OfList">Lists' method.</param>
/// <param name="OfTuple">Tuples' and ranges' method.</param>
/// <param name="OfMapping">Mappings' method.</param>
internal sealed record Methods(Builtin? OfString, Builtin? OfList, Builtin? OfTuple, Builtin? OfMapping)
{
    private static readonly Methods None = new(null, null, null, null);
    private static readonly FrozenDictionary<string, Methods> ByName = Collect();

    /// <summary>The methods of a name.</summary>
    public static Methods Named(string name) => ByName.GetValueOrDefault(name, None);

    /// <summary>The method of a value, or null.</summary>
    public Builtin? Of(Value value) => value switch
    {
        MappingValue => OfMapping,
        StringValue => OfString,
        ListValue => OfList,
        SequenceValue => OfTuple,
        _ => null,
    };

    private static FrozenDictionary<string, Methods> Collect()
    {
        Dictionary<string, Methods> methods = [];
        Add(StringMethods.All, (found, method) => found with { OfString = method });
        Add(StringQueries.All, (found, method) => found with { OfString = method });
        Add(SequenceMethods.OfLists, (found, method) => found with { OfList = method });
        Add(SequenceMethods.OfAll, (found, method) => found with { OfList = method, OfTuple = method });
        Add(MappingMethods.All, (found, method) => found with { OfMapping = method });
        return methods.ToFrozenDictionary();

        void Add(IEnumerable<Builtin> builtins, Func<Methods, Builtin, Methods> add)
        {
            foreach (var builtin in builtins)
            {
                methods[builtin.Name] = add(methods.GetValueOrDefault(builtin.Name, None), builtin);
            }
        }
    }
}

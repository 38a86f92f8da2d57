namespace Roost.Contracts;

/// <summary>Numbers that fields have in the .proto file as it is.</summary>
internal sealed class FieldNumbers
{
    private readonly Dictionary<(string Message, string Field), int> _numbers = [];
    private readonly Dictionary<string, SortedSet<int>> _all = [];

    public FieldNumbers(string[] lines)
    {
        var message = "";
        foreach (var line in lines.Select(line => line.Split("//")[0].Trim()))
        {
            if (line.StartsWith("message ", StringComparison.Ordinal)) message = line.Split(' ')[1];
            if (line == "}") message = "";
            if (message == "" || !line.EndsWith(';')) continue;
            if (line.StartsWith("reserved ", StringComparison.Ordinal))
            {
                foreach (var number in line["reserved ".Length..^1].Split(',')) All(message).Add(int.Parse(number));
            }
            else if (line.Split('=') is [var left, var right])
            {
                var number = int.Parse(right.Trim().TrimEnd(';'));
                _numbers[(message, left.Trim().Split(' ')[^1])] = number;
                All(message).Add(number);
            }
        }
    }

    public int Of(string message, string field)
    {
        if (_numbers.TryGetValue((message, field), out var number)) return number;
        number = All(message).Count == 0 ? 1 : All(message).Max + 1;
        All(message).Add(number);
        return _numbers[(message, field)] = number;
    }

    public IEnumerable<int> Reserved(string message, IEnumerable<int> used) => All(message).Except(used).Order();

    private SortedSet<int> All(string message) =>
        _all.TryGetValue(message, out var all) ? all : _all[message] = [];
}

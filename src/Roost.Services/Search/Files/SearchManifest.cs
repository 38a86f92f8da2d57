using System.Globalization;
using System.Text;
using Roost.Engine.Ids;
using Roost.Engine.Memory;

namespace Roost.Services.Search.Files;

/// <summary>A segment that is in the folder.</summary>
/// <param name="After">All of the post log up to this place is in the segments before.</param>
/// <param name="Image">Its file's name.</param>
/// <param name="Checksum">Of the image: no other has it.</param>
/// <param name="Changes">The file of what changed since the image was written, or null.</param>
/// <param name="IsGrowing">Whether it was active when it was written.</param>
internal sealed record SavedSegment(
    uint Serial, uint After, string Image, uint Checksum, string? Changes, bool IsGrowing);

/// <summary>
/// What is in the folder of the search index, and what it says, in the file <c>manifest</c>: lines of text, in the last
/// one the checksum of all before. What it does not name is not of the index. Of a shard that is not all of it,
/// <c>terms 1 2/4</c> says which.
/// <code>
/// roost-search 1
/// terms 1
/// mark 8388608 11512345678901
/// save 17
/// segment 1 0 0000000001.segment 9f0c66d1 0000000001-17.changes
/// growing 2 1048576 0000000002-17.growing 07b1e8aa -
/// crc 5d1f0a33
/// </code>
/// </summary>
/// <param name="Mark">All of the post log up to this place is in it.</param>
/// <param name="MarkId">Of the record at that place: a log that has it there has the same history.</param>
/// <param name="Save">Counts up; in the names of files that are written again and again.</param>
/// <param name="Segments">Oldest first.</param>
internal sealed record SearchManifest(uint Mark, PostId MarkId, uint Save, IReadOnlyList<SavedSegment> Segments)
{
    public const string FileName = "manifest";

    private const string FirstLine = "roost-search 1";
    private const string NoChanges = "-";

    /// <summary>Which posts are in it.</summary>
    public ShardPlace Place { get; init; } = ShardPlace.Whole;

    /// <summary>The version of what posts are indexed by (<see cref="Shard.TermsVersion"/>).</summary>
    public int Terms { get; init; } = Shard.TermsVersion;

    public IEnumerable<string> Files =>
        Segments.SelectMany(segment => new[] { segment.Image, segment.Changes }).OfType<string>().Append(FileName);

    public byte[] Encode()
    {
        var text = new StringBuilder();
        Line($"{FirstLine}");
        if (Place == ShardPlace.Whole) Line($"terms {Terms}");
        else Line($"terms {Terms} {Place}");
        Line($"mark {Mark} {MarkId.Value}");
        Line($"save {Save}");
        foreach (var one in Segments)
        {
            var kind = one.IsGrowing ? "growing" : "segment";
            Line($"{kind} {one.Serial} {one.After} {one.Image} {one.Checksum:x8} {one.Changes ?? NoChanges}");
        }
        Line($"crc {Crc32C.Of(Encoding.UTF8.GetBytes(text.ToString())):x8}");
        return Encoding.UTF8.GetBytes(text.ToString());

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    /// <exception cref="InvalidDataException">It is damaged, or of another version; says what.</exception>
    public static SearchManifest Decode(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var lines = text.Split('\n');
        if (lines[0] != FirstLine)
            throw new InvalidDataException($"{FileName} does not begin with '{FirstLine}'");
        var crcAt = text.LastIndexOf("crc ", StringComparison.Ordinal);
        var crc = crcAt < 0 ? 0 : Crc32C.Of(Encoding.UTF8.GetBytes(text[..crcAt]));
        if (crcAt < 0 || text[crcAt..] != string.Create(CultureInfo.InvariantCulture, $"crc {crc:x8}\n"))
            throw new InvalidDataException($"the checksum of {FileName} is wrong");
        try
        {
            var place = ShardPlace.Whole;
            if (lines[1].Split(' ') is [_, _, var shard] && !ShardPlace.TryParse(shard, out place))
                throw new FormatException($"'{shard}' is no shard.");
            var terms = Fields(lines[1], "terms", place == ShardPlace.Whole ? 1 : 2);
            var mark = Fields(lines[2], "mark", 2);
            return new SearchManifest(
                Number(mark[0]), new PostId(long.Parse(mark[1], CultureInfo.InvariantCulture)),
                Number(Fields(lines[3], "save", 1)[0]), [.. lines[4..^2].Select(Segment)])
            {
                Terms = (int)Number(terms[0]),
                Place = place,
            };
        }
        catch (Exception failure) when (failure is FormatException or OverflowException or IndexOutOfRangeException)
        {
            throw new InvalidDataException($"{FileName} cannot be read: {failure.Message}", failure);
        }
    }

    private static SavedSegment Segment(string line)
    {
        var isGrowing = line.StartsWith("growing", StringComparison.Ordinal);
        var fields = Fields(line, isGrowing ? "growing" : "segment", 5);
        return new SavedSegment(
            Number(fields[0]), Number(fields[1]), fields[2],
            uint.Parse(fields[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            fields[4] == NoChanges ? null : fields[4], isGrowing);
    }

    private static string[] Fields(string line, string name, int count)
    {
        var fields = line.Split(' ');
        return fields[0] == name && fields.Length == count + 1
            ? fields[1..]
            : throw new FormatException($"'{line}' should begin with '{name}' and have {count} fields more.");
    }

    private static uint Number(string field) => uint.Parse(field, CultureInfo.InvariantCulture);
}

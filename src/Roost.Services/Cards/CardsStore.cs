using System.Text.Json;
using System.Text.Json.Serialization;
using Roost.Services.Storage;

namespace Roost.Services.Cards;

/// <summary>What is known of a link.</summary>
/// <param name="Card">Null: there is nothing to show.</param>
/// <param name="GoodUntil">In milliseconds since 1970; then it is looked at again.</param>
internal sealed record KeptCard(Card? Card, long GoodUntil);

/// <summary>Cards as they are stored, with the code made at compile time.</summary>
[JsonSerializable(typeof(Card))]
internal sealed partial class CardJson : JsonSerializerContext;

/// <summary>The Cards service's SQL.</summary>
internal sealed class CardsStore(SqlDatabase database)
{
    public KeptCard? Find(string url) => database.Read(session =>
    {
        using var row = session.Query("SELECT card, good_until FROM cards WHERE url = @url", url);
        if (!row.Read()) return null;
        return new KeptCard(row.IsDBNull(0) ? null : Read(row.GetString(0)), row.GetInt64(1));
    });

    public ValueTask<bool> PutAsync(string url, KeptCard kept, CancellationToken ct) => database.WriteAsync(
        session => session.Execute(
            """
            INSERT INTO cards (url, card, good_until) VALUES (@url, @card, @until)
            ON CONFLICT (url) DO UPDATE SET card = excluded.card, good_until = excluded.good_until
            """, url, kept.Card is null ? null : JsonSerializer.Serialize(kept.Card, CardJson.Default.Card),
            kept.GoodUntil) > 0, cancellation: ct);

    /// <summary>Removes what was good before a time; the reply has their pictures.</summary>
    public ValueTask<List<CardPicture>> ForgetAsync(long before, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            var pictures = new List<CardPicture>();
            using var rows = session.Query("DELETE FROM cards WHERE good_until < @before RETURNING card", before);
            while (rows.Read())
            {
                if (!rows.IsDBNull(0) && Read(rows.GetString(0))?.Picture is { } picture) pictures.Add(picture);
            }
            return pictures;
        }, cancellation: ct);

    /// <summary>Null where it cannot be read: then the page is looked at again.</summary>
    public static Card? Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, CardJson.Default.Card);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

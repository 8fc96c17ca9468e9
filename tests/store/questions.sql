-- Questions about the flights data whose answers do not depend on where the rows are.
-- A line `-- name` starts a question. `-- ~ name`: it sums doubles, whose sum depends on their
-- order, so doubles are compared within a tolerance. `-- 0 name`: the answer has no rows.

-- three sums that are known
SELECT count(*), sum(distance), count(dep_delay) FROM flights;

-- every value of every flight, as one fingerprint
SELECT bit_xor(hash(year, month, day, dep_time, sched_dep_time, dep_delay, arr_time, sched_arr_time,
  arr_delay, carrier, flight, tailnum, origin, dest, air_time, distance, hour, minute, time_hour))
  AS fingerprint, count(*) FROM flights;

-- every value of the weather, as one fingerprint
SELECT bit_xor(hash(origin, year, month, day, hour, temp, dewp, humid, wind_dir, wind_speed,
  wind_gust, precip, pressure, visib, time_hour)) AS fingerprint FROM weather;

-- all airlines, as they are
SELECT * FROM airlines ORDER BY ALL;

-- airports with their doubles, by position
SELECT faa, name, lat, lon, alt, tz FROM airports ORDER BY lat, lon, faa LIMIT 100;

-- carriers by number of flights
SELECT carrier, count(*) AS n FROM flights GROUP BY carrier ORDER BY n DESC, carrier;

-- join: airlines by name with their mean delay
SELECT name, count(*) AS n, avg(dep_delay) AS delay FROM flights JOIN airlines USING (carrier)
GROUP BY name ORDER BY n DESC, name;

-- join: destinations by airport name
SELECT a.name, count(*) AS n, max(f.arr_delay) FROM flights f JOIN airports a ON f.dest = a.faa
GROUP BY ALL ORDER BY n DESC, a.name LIMIT 15;

-- left join: flights of planes that nobody knows
SELECT carrier, count(*) AS n, count(f.tailnum) AS named FROM flights f
LEFT JOIN planes p ON f.tailnum = p.tailnum WHERE p.tailnum IS NULL GROUP BY carrier ORDER BY carrier;

-- right join: planes by manufacturer, flown or not
SELECT manufacturer, count(DISTINCT p.tailnum) AS planes, count(f.flight) AS flights
FROM flights f RIGHT JOIN planes p USING (tailnum) GROUP BY manufacturer ORDER BY planes DESC, 1;

-- full join: airports on either side only
SELECT count(*) FILTER (f.dest IS NULL) AS never, count(*) FILTER (a.faa IS NULL) AS unknown
FROM (SELECT DISTINCT dest FROM flights) f FULL JOIN airports a ON f.dest = a.faa;

-- join on two columns: flights in strong wind
SELECT f.origin, count(*) AS n, avg(f.dep_delay) AS delay FROM flights f
JOIN weather w ON f.origin = w.origin AND f.time_hour = w.time_hour
WHERE w.wind_speed > 30 GROUP BY f.origin ORDER BY f.origin;

-- five tables at once
SELECT al.name AS airline, ap.tzone, count(*) AS n, sum(p.seats) AS seats, max(w.temp) AS warmest
FROM flights f JOIN airlines al USING (carrier) JOIN airports ap ON f.dest = ap.faa
JOIN planes p USING (tailnum) JOIN weather w ON (w.origin = f.origin AND w.time_hour = f.time_hour)
GROUP BY ALL ORDER BY airline, tzone;

-- self join: carriers that share most routes
WITH routes AS (SELECT DISTINCT carrier, origin, dest FROM flights)
SELECT a.carrier, b.carrier AS other, count(*) AS n FROM routes a JOIN routes b
ON a.origin = b.origin AND a.dest = b.dest AND a.carrier < b.carrier
GROUP BY ALL ORDER BY n DESC, 1, 2 LIMIT 10;

-- join by a range: planes built within a decade
SELECT d.start AS decade, count(*) AS n FROM planes p
JOIN (SELECT range AS start FROM range(1950, 2020, 10)) d
ON p.year >= d.start AND p.year < d.start + 10 GROUP BY ALL ORDER BY ALL;

-- asof join: the last weather before each flight of one day
SELECT f.origin, count(*) AS n, count(w.temp) AS measured, max(f.time_hour - w.time_hour) AS oldest
FROM (SELECT * FROM flights WHERE month = 2 AND day = 14) f
ASOF JOIN weather w ON f.origin = w.origin AND f.time_hour >= w.time_hour
GROUP BY f.origin ORDER BY f.origin;

-- semi join: carriers that fly to Honolulu
SELECT carrier FROM airlines SEMI JOIN (FROM flights WHERE dest = 'HNL') f USING (carrier) ORDER BY 1;

-- anti join: carriers that never leave from Newark
SELECT name FROM airlines ANTI JOIN (FROM flights WHERE origin = 'EWR') f USING (carrier) ORDER BY 1;

-- window: the two largest carriers of each month
SELECT month, carrier, count(*) AS n FROM flights GROUP BY month, carrier
QUALIFY row_number() OVER (PARTITION BY month ORDER BY count(*) DESC, carrier) <= 2
ORDER BY month, n DESC, carrier;

-- window: the longest rest of a plane between two flights
SELECT tailnum, max(rest) AS longest FROM (
  SELECT tailnum, time_hour - lag(time_hour) OVER (PARTITION BY tailnum ORDER BY time_hour) AS rest
  FROM flights WHERE tailnum IS NOT NULL)
GROUP BY tailnum ORDER BY longest DESC NULLS LAST, tailnum LIMIT 20;

-- window: running total of cancelled flights
SELECT day, n, sum(n) OVER (ORDER BY day ROWS UNBOUNDED PRECEDING) AS total
FROM (SELECT day, count(*) AS n FROM flights WHERE month = 2 AND dep_time IS NULL GROUP BY day)
ORDER BY day;

-- window: a week's moving sum
SELECT d, sum(n) OVER (ORDER BY d RANGE BETWEEN INTERVAL 6 DAYS PRECEDING AND CURRENT ROW) AS week
FROM (SELECT time_hour::DATE AS d, count(*) AS n FROM flights GROUP BY d) ORDER BY d;

-- window: rank, dense rank and quarter of airlines by distance
SELECT carrier, far, rank() OVER w AS r, dense_rank() OVER w AS dr, ntile(4) OVER w AS quarter
FROM (SELECT carrier, max(distance) AS far FROM flights GROUP BY carrier)
WINDOW w AS (ORDER BY far DESC, carrier) ORDER BY r, carrier;

-- strings: group by two of them
SELECT origin, dest, count(*) AS n, min(tailnum), max(tailnum) FROM flights
GROUP BY origin, dest ORDER BY n DESC, origin, dest LIMIT 40;

-- strings: group by tail number
SELECT tailnum, count(*) AS n, sum(air_time) FROM flights GROUP BY tailnum ORDER BY n DESC, tailnum LIMIT 50;

-- strings: LIKE with a prefix, a suffix and the middle
SELECT count(*) FILTER (tailnum LIKE 'N1%') AS prefix, count(*) FILTER (tailnum LIKE '%AA') AS suffix,
  count(*) FILTER (tailnum LIKE '%5_U%') AS middle, count(*) FILTER (tailnum NOT LIKE 'N%') AS others
FROM flights;

-- strings: LIKE over names
SELECT faa, name FROM airports WHERE name LIKE '%International%' OR name ILIKE 'los %' ORDER BY faa;

-- strings: a regular expression
SELECT carrier, count(*) AS n FROM flights WHERE regexp_matches(tailnum, '^N[0-9]{3}[A-Z]{2}$')
GROUP BY carrier ORDER BY n DESC, carrier;

-- strings: functions of them
SELECT upper(left(name, 3)) AS head, length(name) AS len, replace(lower(name), 'air', '*') AS less,
  carrier || '-' || reverse(name) AS both FROM airlines ORDER BY carrier;

-- strings: all destinations of the three origins, as one text
SELECT origin, string_agg(DISTINCT dest, ',' ORDER BY dest) AS dests FROM flights GROUP BY origin ORDER BY origin;

-- nulls: counted by column
SELECT count(*) - count(dep_time) AS dep, count(*) - count(arr_time) AS arr,
  count(*) - count(arr_delay) AS late, count(*) - count(air_time) AS air,
  count(*) - count(tailnum) AS tail FROM flights;

-- nulls: neither true nor false
SELECT count(*) FILTER (dep_delay > 0) AS late, count(*) FILTER (NOT dep_delay > 0) AS early,
  count(*) FILTER (dep_delay > 0 IS NULL) AS unknown,
  count(*) FILTER (dep_delay IS DISTINCT FROM arr_delay) AS changed,
  sum(coalesce(dep_delay, 0)) AS delay, count(nullif(dep_delay, 0)) AS not_in_time FROM flights;

-- nulls: NOT IN over a list with a null is never true
SELECT count(*) FROM flights WHERE year NOT IN (SELECT year FROM planes);

-- nulls: the years of planes, the unknown first and last
SELECT * FROM ((SELECT tailnum, year FROM planes ORDER BY year NULLS FIRST, tailnum LIMIT 5)
UNION ALL (SELECT tailnum, year FROM planes ORDER BY year DESC NULLS LAST, tailnum LIMIT 5)) ORDER BY ALL;

-- times: flights by month of their hour
SELECT date_trunc('month', time_hour) AS m, count(*) AS n, min(time_hour), max(time_hour)
FROM flights GROUP BY m ORDER BY m;

-- times: weekdays
SELECT dayname(time_hour) AS weekday, dayofweek(time_hour) AS d, count(*) AS n, avg(arr_delay) AS late
FROM flights GROUP BY ALL ORDER BY d;

-- times: a night between two timestamps
SELECT carrier, flight, time_hour, strftime(time_hour, '%d.%m. %H:%M') AS text FROM flights
WHERE time_hour BETWEEN TIMESTAMP '2013-03-10 04:00:00' AND TIMESTAMP '2013-03-10 11:00:00'
ORDER BY time_hour, carrier, flight, origin;

-- times: the last hours of the year, which fall into 2014
SELECT carrier, count(*) AS n FROM flights WHERE time_hour >= TIMESTAMP '2014-01-01' GROUP BY carrier ORDER BY carrier;

-- times: dates, weeks, quarters and differences
SELECT quarter(time_hour) AS q, min(week(time_hour)) AS first_week, max(last_day(time_hour)) AS last_day,
  max(date_diff('day', make_date(year, month, day), time_hour::DATE)) AS shift,
  count(DISTINCT time_hour::DATE) AS days FROM flights GROUP BY q ORDER BY q;

-- times: arithmetic with intervals
SELECT time_hour + INTERVAL 90 MINUTES AS later, epoch(time_hour) AS s, epoch_us(time_hour) AS us
FROM flights WHERE carrier = 'HA' ORDER BY time_hour, flight LIMIT 30;

-- times: a day without flights has none
SELECT count(*) FROM flights WHERE time_hour::DATE = DATE '2012-12-31';

-- order with limit: the longest delays
SELECT time_hour, carrier, flight, origin, dest, dep_delay FROM flights
ORDER BY dep_delay DESC NULLS LAST, time_hour, carrier, flight LIMIT 25;

-- order with limit and offset: somewhere in the middle
SELECT time_hour, carrier, flight, tailnum FROM flights ORDER BY time_hour, carrier, flight LIMIT 40 OFFSET 200000;

-- order with limit: by text, descending
SELECT DISTINCT tailnum, carrier FROM flights ORDER BY tailnum DESC NULLS LAST, carrier LIMIT 30;

-- 0 empty: a carrier that does not exist
SELECT * FROM flights WHERE carrier = 'ZZ';

-- 0 empty: a range that no segment has
SELECT flight FROM flights WHERE distance < 0 OR time_hour < TIMESTAMP '2000-01-01';

-- 0 empty: no rows wanted
SELECT carrier, time_hour FROM flights LIMIT 0;

-- 0 empty: a group that no group survives
SELECT carrier, count(*) FROM flights GROUP BY carrier HAVING count(*) > 1000000;

-- empty: sums of nothing are null
SELECT count(*), sum(distance), min(time_hour), max(carrier), avg(air_time) FROM flights WHERE dest = 'nowhere';

-- subquery: the farthest flights of each carrier
SELECT DISTINCT carrier, origin, dest, distance FROM flights f
WHERE distance = (SELECT max(distance) FROM flights g WHERE g.carrier = f.carrier) ORDER BY ALL;

-- subquery: a count for each airline
SELECT name, (SELECT count(*) FROM flights f WHERE f.carrier = a.carrier AND f.arr_delay > 120) AS late
FROM airlines a ORDER BY late DESC, name;

-- subquery: airports without a flight
SELECT count(*) FROM airports a WHERE NOT EXISTS (FROM flights f WHERE f.dest = a.faa);

-- subquery: flights later than all of the day before
SELECT f.carrier, f.flight, f.dep_delay FROM flights f WHERE f.month = 7 AND f.day = 10
AND f.dep_delay > (SELECT max(dep_delay) FROM flights g WHERE g.month = 7 AND g.day = f.day - 1
  AND g.origin = f.origin) ORDER BY ALL;

-- subquery: a lateral top two
SELECT a.carrier, t.dest, t.n FROM airlines a, LATERAL (SELECT dest, count(*) AS n FROM flights f
WHERE f.carrier = a.carrier GROUP BY dest ORDER BY n DESC, dest LIMIT 2) t ORDER BY a.carrier, t.n DESC, t.dest;

-- with: a common table used twice
WITH daily AS (SELECT month, day, count(*) AS n FROM flights GROUP BY ALL)
SELECT month, day, n FROM daily WHERE n > (SELECT avg(n) * 1.08 FROM daily) ORDER BY ALL;

-- with recursive: a calendar of February, with days that it lacks
WITH RECURSIVE days(d) AS (SELECT 1 UNION ALL SELECT d + 1 FROM days WHERE d < 31)
SELECT d, count(f.flight) AS n FROM days LEFT JOIN flights f ON f.day = d AND f.month = 2 GROUP BY d ORDER BY d;

-- sets: union, intersection and difference of destinations
(SELECT 'both' AS set, dest FROM (SELECT dest FROM flights WHERE origin = 'JFK' INTERSECT
  SELECT dest FROM flights WHERE origin = 'LGA'))
UNION ALL (SELECT 'only', dest FROM (SELECT dest FROM flights WHERE origin = 'JFK' EXCEPT
  SELECT dest FROM flights WHERE origin <> 'JFK')) ORDER BY ALL;

-- sets: codes of airlines and airports together
SELECT carrier AS code FROM airlines UNION SELECT faa FROM airports WHERE alt > 6000 ORDER BY code;

-- distinct: how many of each
SELECT count(DISTINCT tailnum), count(DISTINCT dest), count(DISTINCT (origin, dest)),
  count(DISTINCT time_hour) FROM flights;

-- distinct on: the first flight of each carrier
SELECT DISTINCT ON (carrier) carrier, time_hour, flight, origin FROM flights
ORDER BY carrier, time_hour, flight, origin;

-- groups: roll-up of origin and carrier
SELECT origin, carrier, grouping(origin, carrier) AS level, count(*) AS n FROM flights
GROUP BY ROLLUP (origin, carrier) ORDER BY level, origin, carrier;

-- groups: cube and sets
SELECT month, origin, count(*) AS n FROM flights WHERE month < 4
GROUP BY GROUPING SETS ((month, origin), (month), ()) ORDER BY month NULLS LAST, origin NULLS LAST;

-- groups: having
SELECT dest, avg(air_time) AS air FROM flights GROUP BY dest HAVING count(*) > 8000 ORDER BY dest;

-- groups: medians, quantiles and modes of whole numbers
SELECT origin, median(distance) AS m, quantile_cont(arr_delay, [0.05, 0.5, 0.95]) AS q,
  quantile_disc(dep_delay, 0.9) AS d FROM flights GROUP BY origin ORDER BY origin;

-- groups: lists, structs and the row with the greatest value
SELECT origin, list(DISTINCT carrier ORDER BY carrier) AS carriers,
  {'first': min(time_hour), 'last': max(time_hour)} AS span,
  max_by(dest, (distance, dest)) AS farthest FROM flights GROUP BY origin ORDER BY origin;

-- values: IN lists of numbers and texts, and BETWEEN
SELECT carrier, dest, count(*) AS n FROM flights WHERE dest IN ('SEA', 'SFO', 'LAX', 'ZZZ')
AND carrier NOT IN ('UA', 'B6') AND flight BETWEEN 1 AND 500 AND month IN (1, 3, 5, 7) GROUP BY ALL ORDER BY ALL;

-- values: casts
SELECT CAST(dep_time AS VARCHAR) AS t, TRY_CAST(tailnum AS INTEGER) AS none, flight::DOUBLE / 3 AS third,
  distance::DECIMAL(12, 2) AS d, (dep_delay > 0)::INTEGER AS late, time_hour::VARCHAR AS at FROM flights
WHERE carrier = 'OO' ORDER BY time_hour, flight, t;

-- values: CASE, division and remainder
SELECT CASE WHEN dep_delay IS NULL THEN 'cancelled' WHEN dep_delay < 15 THEN 'fine'
  WHEN dep_delay < 60 THEN 'late' ELSE 'very late' END AS how, count(*) AS n, sum(distance // 7) AS sevenths,
  sum(flight % 10) AS digits, bit_and(flight) AS bits FROM flights GROUP BY how ORDER BY how;

-- values: exact minima and maxima of doubles
SELECT origin, min(temp), max(temp), min(wind_gust), max(pressure), count(wind_gust) FROM weather
GROUP BY origin ORDER BY origin;

-- values: filters on doubles
SELECT origin, time_hour, temp, wind_speed FROM weather WHERE temp BETWEEN 90 AND 95 AND humid < 40
AND visib >= 10 ORDER BY origin, time_hour;

-- ~ doubles: mean weather by month
SELECT month, avg(temp) AS temp, sum(precip) AS rain, stddev_samp(pressure) AS p FROM weather GROUP BY month ORDER BY month;

-- ~ doubles: correlation of wind and delay
SELECT f.origin, corr(w.wind_speed, f.dep_delay) AS r, regr_slope(f.dep_delay, w.visib) AS slope
FROM flights f JOIN weather w USING (origin, time_hour) GROUP BY f.origin ORDER BY f.origin;

-- ~ doubles: centre of the destinations, by time zone
SELECT tzone, avg(lat) AS lat, avg(lon) AS lon, count(*) AS n FROM airports
WHERE faa IN (SELECT dest FROM flights) GROUP BY tzone ORDER BY tzone;

-- from first, with stars
FROM (SELECT * EXCLUDE (year, month, day, minute), hour * 60 + minute AS m FROM flights)
WHERE carrier = 'OO' ORDER BY time_hour, flight, origin;

-- a generated series without a table
SELECT sum(i * i) AS squares FROM range(1000) t(i);
